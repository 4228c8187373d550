/**
 * What sending needs to know, read once from the environment when a function starts.
 *
 * @module
 */
import type { Configuration } from "../configuration/configuration.ts";
import { type Env, readVariables, SendingVariables } from "../configuration/environment.ts";
import type { TwilioAccount } from "../twilio/twilio_api.ts";
import { isPublishedKey } from "../webhook/webhook_signers.ts";

/** How to send. */
export interface SendingConfiguration extends TwilioAccount {
  messagingServiceSid: string | undefined;
  /** Twilio reports there what becomes of a message. */
  statusCallbackUrl: string;
  /**
   * How Twilio calls it: connection overrides, as the fragment of a webhook's URL has them; empty
   * for none.
   */
  callbackOverrides: string;
  /** Seconds after it was begun until an unconfirmed send is reconciled with Twilio's list. */
  confirmAfterSeconds: number;
  /** Seconds between the two comparisons before a send counts as not sent. */
  confirmGapSeconds: number;
  /** Seconds after it was first begun within which a message is sent again. */
  resendWithinSeconds: number;
  /** Seconds after a send was begun until Twilio is asked for a status that no callback has reported. */
  statusCheckSeconds: number;
}

/**
 * Reads the configuration.
 *
 * @param env The environment variables.
 * @param configuration What the webhooks have read from them.
 * @param problems Gets what is missing, in words for the log.
 * @returns Nothing if messages cannot be sent.
 */
export function readSendingConfiguration(
  env: Env,
  { callbackBaseUrl }: Configuration,
  problems: string[],
): SendingConfiguration | undefined {
  const variables = readVariables(SendingVariables, env, problems);
  const { TWILIO_ACCOUNT_SID: accountSid = "", TWILIO_API_BASE_URL: apiBaseUrl } = variables;
  const { TWILIO_API_KEY: apiKey, TWILIO_API_KEY_SECRET, TWILIO_AUTH_TOKEN } = variables;
  const [username, password = "", secretName] = apiKey
    ? [apiKey, TWILIO_API_KEY_SECRET, "TWILIO_API_KEY_SECRET"]
    : [accountSid, TWILIO_AUTH_TOKEN, "TWILIO_AUTH_TOKEN"];
  const missing = [
    /^AC[0-9a-zA-Z]{32}$/.test(accountSid)
      ? ""
      : "TWILIO_ACCOUNT_SID must be AC and 32 letters or digits",
    password && (apiBaseUrl || !isPublishedKey(password))
      ? ""
      : `${secretName} is not set (keys that begin with local- count only at TWILIO_API_BASE_URL)`,
  ].filter(Boolean);
  problems.push(...missing.map((problem) => `${problem}: nothing can be sent`));
  if (missing.length > 0) return undefined;
  const { TWILIO_CALLBACK_OVERRIDES: overrides } = variables;
  return {
    accountSid,
    username,
    password,
    apiBaseUrl,
    messagingServiceSid: variables.TWILIO_MESSAGING_SERVICE_SID,
    statusCallbackUrl: `${callbackBaseUrl}/sms-status`,
    callbackOverrides: overrides === "none" ? "" : overrides,
    confirmAfterSeconds: variables.SETTLE_AFTER_SECONDS,
    confirmGapSeconds: variables.SETTLE_GAP_SECONDS,
    resendWithinSeconds: variables.RESEND_WITHIN_SECONDS,
    statusCheckSeconds: variables.STATUS_CHECK_SECONDS,
  };
}
