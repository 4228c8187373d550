/**
 * The configuration of sending, read once from the environment when a function starts.
 *
 * @module
 */
import type { Configuration } from "../configuration/configuration.ts";
import { type Env, readVariables, SendingVariables } from "../configuration/environment.ts";
import type { TwilioAccount } from "../twilio/twilio_api.ts";
import { isPublishedKey } from "../webhook/webhook_signers.ts";

/** The configuration of sending. */
export interface SendingConfiguration extends TwilioAccount {
  /** The Messaging Service to send with, if there is one. */
  messagingServiceSid: string | undefined;
  /** The URL that Twilio calls when a message's status changes, without its query. */
  statusCallbackUrl: string;
  /** Connection overrides for that call, as the URL's fragment holds them; empty for none. */
  callbackOverrides: string;
  /** Seconds after it was begun until an unconfirmed send is compared with Twilio's list. */
  confirmAfterSeconds: number;
  /** Seconds between the two comparisons before a send counts as not sent. */
  confirmGapSeconds: number;
  /** Seconds after it was first begun in which a message may be sent again. */
  resendWithinSeconds: number;
  /** Seconds after a send was begun until Twilio is asked for a status that no callback reported. */
  statusCheckSeconds: number;
}

/**
 * Reads the configuration.
 *
 * @param env The environment variables.
 * @param configuration The webhooks' configuration.
 * @param problems Gets what is missing, for the log.
 * @returns The configuration; undefined if anything is missing.
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
