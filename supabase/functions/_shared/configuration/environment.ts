/**
 * The environment variables: the form, the default and the meaning of each. The table of
 * docs/configuration.md is made of this schema.
 *
 * @module
 */
import { z } from "zod/v3";

/** The environment variables of a function, as `Deno.env.toObject()` returns them. */
export type Env = Record<string, string | undefined>;

/** Spaces around a value do not count, and an empty value counts as not set. */
const text = z.string().optional().transform((value) => value?.trim() || undefined);

const url = text.transform((value) => value?.replace(/\/+$/, "") || undefined);

/** Entries between commas; empty ones are dropped. */
const list = text.transform((value) =>
  (value ?? "").split(",").map((entry) => entry.trim()).filter((entry) => entry !== "")
);

const seconds = (fallback: number) =>
  text.transform((value, context) => {
    const number = value === undefined ? fallback : Number(value);
    if (Number.isFinite(number) && number >= 0) return number;
    context.addIssue({ code: "custom", message: "a number of seconds" });
    return z.NEVER;
  });

const httpStatus = text.transform((value = "200", context): 200 | 503 => {
  if (value === "200") return 200;
  if (value === "503") return 503;
  context.addIssue({ code: "custom", message: "200 or 503" });
  return z.NEVER;
});

/** What each connection override may be: up to 5 retries, their reasons, times in ms up to 15 s, edges. */
const OVERRIDES: Record<string, RegExp> = {
  rc: /^[0-5]$/,
  rp: /^(4xx|5xx|ct|rt|all)(,(4xx|5xx|ct|rt|all))*$/,
  ct: /^([1-9]\d{2,3}|10000)$/,
  rt: /^([1-9]\d{2,3}|1[0-4]\d{3}|15000)$/,
  tt: /^([1-9]\d{2,3}|1[0-4]\d{3}|15000)$/,
  e: /^[a-z0-9-]+(,[a-z0-9-]+)*$/,
  sni: /^[yn]$/,
};

/** Three retries after a failed connection, an answer of 5xx, or none within 4 s; 15 s in all. */
const DEFAULT_OVERRIDES = "rc=3&rp=ct,5xx,rt&rt=4000&tt=15000";

/** @see https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides */
const connectionOverrides = text.transform((value = DEFAULT_OVERRIDES, context) => {
  const fragment = value.replace(/^#/, "");
  const overrides = fragment.split("&").map((pair) => pair.split("=", 2));
  const names = new Set(overrides.map(([name]) => name));
  const isValid = fragment === "none" || names.size === overrides.length &&
      overrides.every(([name, given = ""]) =>
        Object.hasOwn(OVERRIDES, name) && OVERRIDES[name].test(given)
      );
  if (isValid) return fragment;
  context.addIssue({ code: "custom", message: `like ${DEFAULT_OVERRIDES}, or none` });
  return z.NEVER;
});

/** What the developer sets; `.env.example` has the same variables in the same order. */
export const Environment = z.object({
  TWILIO_ACCOUNT_SID: text.describe("The account's SID, AC…"),
  TWILIO_AUTH_TOKEN: text.describe(
    "The account's auth token: it verifies webhooks and, without an API key, sends. A token that begins with `local-` is published: it verifies only webhooks whose base URL is on loopback, and sends only to TWILIO_API_BASE_URL",
  ),
  TWILIO_WEBHOOK_AUTH_TOKEN: list.describe(
    "Every key that may sign a webhook, separated by commas: during a key rotation, for subaccounts, for shared keys. Without it TWILIO_AUTH_TOKEN",
  ),
  TWILIO_WEBHOOK_BASE_URL: list.describe(
    "The public URLs that Twilio calls, without the function's name, separated by commas; the first is used for status callbacks. Without it `${SUPABASE_URL}/functions/v1`",
  ),
  TWILIO_CALLBACK_OVERRIDES: connectionOverrides.describe(
    "How Twilio calls back about each message: its connection overrides, or `none`",
  ),
  DEFERRED_HTTP_STATUS: httpStatus.describe(
    "The HTTP status of `deferred`, the answer to a webhook that the database could not take in. With 503 Twilio uses its fallback URL and, with `rp=5xx` in the webhook's URL, retries at once",
  ),
  TWILIO_API_KEY: text.describe("An API key for sending, SK…, in place of the auth token"),
  TWILIO_API_KEY_SECRET: text.describe("The API key's secret"),
  TWILIO_MESSAGING_SERVICE_SID: text.describe(
    "A Messaging Service to send with, MG…; the conversation's own number must be in its sender pool",
  ),
  TWILIO_API_BASE_URL: url.describe(
    "Where messages are sent to. Without it Twilio when hosted, the stand-in locally",
  ),
  LLM_BASE_URL: url.describe(
    "The base URL of an OpenAI-compatible endpoint, up to `/v1`. Without it no bot answers when hosted: every text escalates; locally the stand-in answers",
  ),
  LLM_API_KEY: text.describe("The endpoint's key"),
  LLM_MODEL: text.describe("The model's name"),
  TURN_WAIT_SECONDS: seconds(2).describe(
    "How long the bot waits after a recruit's newest text, in case another follows",
  ),
  TURN_LEASE_SECONDS: seconds(60).describe(
    "After how long another worker may claim a turn that its worker has not finished",
  ),
  SETTLE_AFTER_SECONDS: seconds(60).describe(
    "How long after it was begun an unconfirmed send is reconciled with Twilio's list",
  ),
  SETTLE_GAP_SECONDS: seconds(10).describe(
    "How long after the first comparison the second one follows, before the send counts as not sent",
  ),
  RESEND_WITHIN_SECONDS: seconds(900).describe(
    "For how long after it was first begun a message that Twilio does not have is sent again",
  ),
  STATUS_CHECK_SECONDS: seconds(900).describe(
    "After how long Twilio is asked for a status that no callback has reported; then after 4, 24, 96 and 288 times as long",
  ),
  RECONCILE_LAG_SECONDS: seconds(60).describe(
    "The newest part of Twilio's log that is not compared yet, because its webhooks may still come",
  ),
  RECONCILE_OVERLAP_SECONDS: seconds(600).describe(
    "How much of the log before the cursor is compared again",
  ),
});

/** What Supabase gives each function. */
const Platform = z.object({ SUPABASE_URL: url });

/** What answering a webhook takes. */
export const WebhookVariables = Environment.pick({
  TWILIO_AUTH_TOKEN: true,
  TWILIO_WEBHOOK_AUTH_TOKEN: true,
  TWILIO_WEBHOOK_BASE_URL: true,
  DEFERRED_HTTP_STATUS: true,
}).merge(Platform);

/** What sending takes. */
export const SendingVariables = Environment.pick({
  TWILIO_ACCOUNT_SID: true,
  TWILIO_AUTH_TOKEN: true,
  TWILIO_CALLBACK_OVERRIDES: true,
  TWILIO_API_KEY: true,
  TWILIO_API_KEY_SECRET: true,
  TWILIO_MESSAGING_SERVICE_SID: true,
  TWILIO_API_BASE_URL: true,
  SETTLE_AFTER_SECONDS: true,
  SETTLE_GAP_SECONDS: true,
  RESEND_WITHIN_SECONDS: true,
  STATUS_CHECK_SECONDS: true,
});

/** What the bot takes beside sending. */
export const BotVariables = Environment.pick({
  LLM_BASE_URL: true,
  LLM_API_KEY: true,
  LLM_MODEL: true,
  TURN_WAIT_SECONDS: true,
  TURN_LEASE_SECONDS: true,
});

/** What comparing with Twilio's log takes beside sending. */
export const ReconcileVariables = Environment.pick({
  RECONCILE_LAG_SECONDS: true,
  RECONCILE_OVERLAP_SECONDS: true,
});

/**
 * Reads variables. One whose value has the wrong form gets its default.
 *
 * @param schema Which variables.
 * @param env The environment variables.
 * @param problems Gets a line for each wrong value, for the log.
 */
export function readVariables<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  env: Env,
  problems: string[],
): z.output<z.ZodObject<Shape>> {
  const parsed = schema.safeParse(env);
  if (parsed.success) return parsed.data;
  const corrected = { ...env };
  for (const { path: [name], message } of parsed.error.issues) {
    const variable = String(name);
    const fallback = schema.shape[variable].parse(undefined);
    problems.push(
      `${variable} must be ${message}, not ${shown(env[variable] ?? "")}: ${fallback} is used`,
    );
    corrected[variable] = undefined;
  }
  return schema.parse(corrected);
}

/** A value as the log shows it: whole only if it is too short to be a token, which may stand there. */
function shown(value: string): string {
  return value.length <= 20 ? `"${value}"` : `a text of ${value.length} characters`;
}
