/**
 * What sending needs to know, read once from the environment when a function starts.
 *
 * @module
 */
import { type Configuration, readSeconds, shown } from "../configuration/configuration.ts";
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
  /** When an unconfirmed send is looked for in Twilio's list, in s after it was begun. */
  settleAfterSeconds: number;
  /** When it is looked for a second time, in s after the first look. */
  settleGapSeconds: number;
  /** Until when what was not sent is sent again, in s after it was first begun. */
  resendWithinSeconds: number;
  /** When Twilio is asked for a status that no callback has told, in s after the send was begun. */
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
  env: Record<string, string | undefined>,
  { callbackBaseUrl }: Configuration,
  problems: string[],
): SendingConfiguration | undefined {
  const accountSid = (env.TWILIO_ACCOUNT_SID ?? "").trim();
  const apiKey = (env.TWILIO_API_KEY ?? "").trim();
  const [username, password, secretName] = apiKey
    ? [apiKey, (env.TWILIO_API_KEY_SECRET ?? "").trim(), "TWILIO_API_KEY_SECRET"]
    : [accountSid, (env.TWILIO_AUTH_TOKEN ?? "").trim(), "TWILIO_AUTH_TOKEN"];
  const apiBaseUrl = env.TWILIO_API_BASE_URL?.trim().replace(/\/+$/, "") || undefined;
  const missing = [
    /^AC[0-9a-zA-Z]{32}$/.test(accountSid)
      ? ""
      : "TWILIO_ACCOUNT_SID must be AC and 32 letters or digits",
    password && (apiBaseUrl || !isPublishedKey(password))
      ? ""
      : `${secretName} is not set (keys that begin with local- count only at TWILIO_API_BASE_URL)`,
  ].filter(Boolean);
  problems.push(...missing.map((problem) => `${problem}: nothing can be sent`));
  const timing = {
    settleAfterSeconds: readSeconds(env, "SETTLE_AFTER_SECONDS", 60, problems),
    settleGapSeconds: readSeconds(env, "SETTLE_GAP_SECONDS", 10, problems),
    resendWithinSeconds: readSeconds(env, "RESEND_WITHIN_SECONDS", 900, problems),
    statusCheckSeconds: readSeconds(env, "STATUS_CHECK_SECONDS", 900, problems),
  };
  const callbackOverrides = readCallbackOverrides(env, problems);
  if (missing.length > 0) return undefined;
  return {
    accountSid,
    username,
    password,
    apiBaseUrl,
    messagingServiceSid: env.TWILIO_MESSAGING_SERVICE_SID?.trim() || undefined,
    statusCallbackUrl: `${callbackBaseUrl}/sms-status`,
    callbackOverrides,
    ...timing,
  };
}

/** Three more tries after a failed connection, an answer of 5xx, or none within 4 s; 15 s in all. */
const DEFAULT_OVERRIDES = "rc=3&rp=ct,5xx,rt&rt=4000&tt=15000";

/** What each override may be: up to 5 retries, their reasons, times in ms up to 15 s, edges. */
const OVERRIDES: Record<string, RegExp> = {
  rc: /^[0-5]$/,
  rp: /^(4xx|5xx|ct|rt|all)(,(4xx|5xx|ct|rt|all))*$/,
  ct: /^([1-9]\d{2,3}|10000)$/,
  rt: /^([1-9]\d{2,3}|1[0-4]\d{3}|15000)$/,
  tt: /^([1-9]\d{2,3}|1[0-4]\d{3}|15000)$/,
  e: /^[a-z0-9-]+(,[a-z0-9-]+)*$/,
  sni: /^[yn]$/,
};

/**
 * Reads TWILIO_CALLBACK_OVERRIDES.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 */
function readCallbackOverrides(
  { TWILIO_CALLBACK_OVERRIDES }: Record<string, string | undefined>,
  problems: string[],
): string {
  const text = TWILIO_CALLBACK_OVERRIDES?.trim().replace(/^#/, "") || DEFAULT_OVERRIDES;
  if (text === "none") return "";
  const overrides = text.split("&").map((pair) => pair.split("=", 2));
  const names = new Set(overrides.map(([name]) => name));
  const areKnown = overrides.every(([name, value = ""]) =>
    Object.hasOwn(OVERRIDES, name) && OVERRIDES[name].test(value)
  );
  if (areKnown && names.size === overrides.length) return text;
  problems.push(
    `TWILIO_CALLBACK_OVERRIDES must be like ${DEFAULT_OVERRIDES}, or none, not ${
      shown(text)
    }: the default is used`,
  );
  return DEFAULT_OVERRIDES;
}
