/**
 * The Twilio account of the variables.
 *
 * @module
 */
import type { AccountInstance } from "twilio/lib/rest/api/v2010/account.js";
import { isPublishedKey } from "../../../supabase/functions/_shared/webhook/webhook_signers.ts";
import { openTwilio } from "../../project/twilio_client.ts";
import type { Examined, Outcome } from "../check.ts";
import { variableMend } from "../mends.ts";

/** The result of asking for the account with its SID and auth token. */
export type AskedAccount =
  | { kind: "account"; account: AccountInstance }
  /** Twilio refuses the SID and the token. */
  | { kind: "refused"; code: number }
  | { kind: "suspended" }
  /** Twilio was not asked, or did not answer. */
  | { kind: "not_asked"; reason: string };

/** Twilio's code for an account that is suspended or closed. https://www.twilio.com/docs/api/errors/20005 */
const NOT_ACTIVE = 20005;

/** Asks Twilio for the account, with the auth token also where an API key is configured. */
export async function askForAccount({ project: { env } }: Examined): Promise<AskedAccount> {
  const { TWILIO_AUTH_TOKEN: token, TWILIO_API_BASE_URL: baseUrl } = env;
  if (!token) return { kind: "not_asked", reason: "TWILIO_AUTH_TOKEN is not set" };
  if (isPublishedKey(token) && !baseUrl) {
    return { kind: "not_asked", reason: "TWILIO_AUTH_TOKEN holds the published local value" };
  }
  try {
    const twilio = openTwilio({ ...env, TWILIO_API_KEY: undefined });
    const account = await twilio.api.v2010.accounts(twilio.accountSid).fetch();
    return { kind: "account", account };
  } catch (error) {
    const { status, code, message } = error as { status?: number; code?: number; message?: string };
    if (code === NOT_ACTIVE) return { kind: "suspended" };
    if (status === 401 || status === 403 || status === 404) {
      return { kind: "refused", code: code ?? status };
    }
    if (message?.startsWith("TWILIO_")) return { kind: "not_asked", reason: message };
    return { kind: "not_asked", reason: `Twilio does not answer${status ? `: ${status}` : ""}` };
  }
}

/** Checks that the auth token is the account's. It verifies every webhook. */
export function checkAuthToken({ project }: Examined, asked: AskedAccount): Outcome {
  switch (asked.kind) {
    case "account":
    case "suspended":
      return { ok: true, detail: "TWILIO_AUTH_TOKEN is that of TWILIO_ACCOUNT_SID" };
    case "refused":
      return {
        ok: false,
        detail: `Twilio refuses TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN (error ${asked.code})`,
        mend: variableMend(
          project,
          "Copy Account SID and Auth token from https://console.twilio.com (Account Info, the live credentials); set both",
        ),
      };
    case "not_asked":
      return { ok: null, detail: asked.reason };
  }
}

/** Checks that the account can send to every recruit. */
export function checkAccount(asked: AskedAccount): Outcome {
  if (asked.kind === "not_asked") return { ok: null, detail: asked.reason };
  if (asked.kind === "refused") {
    return { ok: null, detail: "Twilio says nothing about the account without its auth token" };
  }
  const status = asked.kind === "account" ? asked.account.status : "suspended";
  if (status !== "active") {
    return {
      ok: false,
      detail: `The Twilio account is ${status}: it neither sends nor receives`,
      mend:
        "Open https://console.twilio.com: a banner says why. The usual reason is a used-up balance (Billing)",
    };
  }
  if (asked.kind === "account" && asked.account.type === "Trial") {
    return {
      ok: null,
      detail:
        "The account is a trial: it texts only verified numbers, and adds a sentence of Twilio's",
      mend: "To text every recruit upgrade it: https://console.twilio.com (Billing → Upgrade)",
    };
  }
  return { ok: true, detail: "The Twilio account is active" };
}

/** Checks that the API key, where there is one, is the account's. */
export async function checkApiKey({ project, twilio }: Examined): Promise<Outcome> {
  if (!project.env.TWILIO_API_KEY) {
    return { ok: null, detail: "TWILIO_API_KEY is not set: the auth token sends" };
  }
  try {
    // What the key is for: a key may have the permission for messages alone.
    await twilio().messages.list({ pageSize: 1, limit: 1 });
    return { ok: true, detail: "TWILIO_API_KEY may use TWILIO_ACCOUNT_SID" };
  } catch (error) {
    const { status, code } = error as { status?: number; code?: number };
    if (status !== 401 && status !== 403 && status !== 404) throw error;
    return {
      ok: false,
      detail: `Twilio refuses TWILIO_API_KEY for TWILIO_ACCOUNT_SID (error ${code ?? status})`,
      mend: variableMend(
        project,
        "Create an API key in https://console.twilio.com (Account → API keys & tokens); set TWILIO_API_KEY and TWILIO_API_KEY_SECRET",
      ),
    };
  }
}
