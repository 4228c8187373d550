/**
 * Sets in the stand-in for Twilio what Twilio's API cannot set.
 *
 * @module
 */
import type { AccountState } from "../../local/stand_ins/twilio/resources/account_state.ts";

/**
 * Changes the state of the account.
 *
 * @param url The stand-in's base URL.
 * @throws {Error} If the stand-in refuses it.
 */
export async function setAccountState(url: string, state: AccountState): Promise<void> {
  const response = await fetch(`${url}/account-state`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(state),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${JSON.parse(text).message}`);
}
