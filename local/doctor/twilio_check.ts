/**
 * A check that asks Twilio. An answer that Twilio refuses or does not give says nothing about the project, so
 * it is never a fault: the outcome says why it could not be asked, and the other checks go on.
 *
 * @module
 */
import { failureOf } from "../../supabase/functions/_shared/twilio/twilio_api.ts";
import type { Check, Outcome } from "./check.ts";

/**
 * Makes a check of what Twilio answers.
 *
 * @param id The subject and the check.
 * @param run Looks. What Twilio's client throws becomes an outcome with `ok: null`.
 */
export function twilioCheck(id: string, run: () => Promise<Outcome>): Check {
  return {
    id,
    async run() {
      try {
        return await run();
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal === undefined) throw error;
        return { ok: null, ...refusal };
      }
    },
  };
}

/**
 * Says why Twilio could not be asked, without Twilio's own words: they may quote a number.
 *
 * @param error What Twilio's client has thrown.
 * @returns Undefined if it is no error of Twilio's client.
 */
function refusalOf(error: unknown): { detail: string; mend?: string } | undefined {
  const failure = failureOf(error);
  switch (failure.kind) {
    case "refused":
      return refusedCall(failure.httpStatus, failure.errorCode);
    case "try_again":
      return { detail: `Twilio could not be reached (${failure.errorCode})` };
    case "unknown": {
      // The SDK's status of a call that got no answer is 0.
      if (/^HTTP 0\b/.test(failure.reason)) return { detail: "Twilio could not be reached" };
      if (/^HTTP \d/.test(failure.reason)) {
        return { detail: `Twilio's API answered ${failure.reason}; try again later` };
      }
      if (/ECONNABORTED|ETIMEDOUT|TimeoutError/.test(failure.reason)) {
        return { detail: "Twilio's API did not answer in time; try again later" };
      }
      const isConnection = /^(AxiosError|Error) E[A-Z_]+$/.test(failure.reason);
      return isConnection
        ? { detail: `The connection to Twilio's API broke (${failure.reason.split(" ")[1]})` }
        : undefined;
    }
  }
}

/** Twilio's errors for a restricted API key and for an account that is not active. */
const NO_PERMISSION = "70051";
const NOT_ACTIVE = "20005";

function refusedCall(status: number, code: string): { detail: string; mend?: string } {
  if (code === NOT_ACTIVE) {
    return {
      detail: "The Twilio account is not active: it is suspended or closed",
      mend: "Look into Twilio's console, and ask Twilio's support",
    };
  }
  if (code === NO_PERMISSION || status === 403) {
    return {
      detail: `The API key may not read this (${status})`,
      mend:
        "Give the restricted key the permission to read it (Twilio's console, Account, API keys & tokens), or run the doctor with TWILIO_API_KEY empty",
    };
  }
  if (status === 401) {
    return {
      detail: "Twilio refuses the credentials (401)",
      mend: "Check TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN, or TWILIO_API_KEY with its secret",
    };
  }
  if (status === 429) {
    return { detail: "Twilio takes no more calls at this rate (429); try again later" };
  }
  return { detail: `Twilio's API answered HTTP ${status} with its code ${code}` };
}
