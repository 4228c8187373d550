/**
 * The environment variables: the form, the default and the meaning of each. The table of
 * docs/configuration.md is generated from this schema.
 *
 * @module
 */
import { z } from "zod/v3";

/** The environment variables of a function, as `Deno.env.toObject()` returns them. */
export type Env = Record<string, string | undefined>;

/** A value without the spaces around it. An empty one counts as not set. */
const text = z.string().optional().transform((value) => value?.trim() || undefined);

const url = text.transform((value) => value?.replace(/\/+$/, "") || undefined);

const list = text.transform((value = "") => entriesOf(value));

/** The entries of a list that is separated by commas, without empty ones. */
export function entriesOf(list: string): string[] {
  return list.split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
}

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

const flag = text.transform((value = "false", context): boolean => {
  if (value === "true" || value === "false") return value === "true";
  context.addIssue({ code: "custom", message: "true or false" });
  return z.NEVER;
});

/** The form of each connection override: retries, their reasons, times in ms, edges, SNI. */
const OVERRIDES: Record<string, RegExp> = {
  rc: /^[0-5]$/,
  rp: /^(4xx|5xx|ct|rt|all)(,(4xx|5xx|ct|rt|all))*$/,
  ct: /^([1-9]\d{2,3}|10000)$/,
  rt: /^([1-9]\d{2,3}|1[0-4]\d{3}|15000)$/,
  tt: /^([1-9]\d{2,3}|1[0-4]\d{3}|15000)$/,
  e: /^[a-z0-9-]+(,[a-z0-9-]+)*$/,
  sni: /^[yn]$/,
};

/** Three retries after a failed connection, a 5xx answer, or no answer within 4 s; 15 s in all. */
export const DEFAULT_OVERRIDES = "rc=3&rp=ct,5xx,rt&rt=4000&tt=15000";

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

/** The variables that a developer sets. `.env.example` has the same ones in the same order. */
export const Environment = z.object({
  TWILIO_ACCOUNT_SID: text.describe("Your Twilio account, `AC…`. Needed to send"),
  TWILIO_AUTH_TOKEN: text.describe(
    "The account's auth token. It verifies webhooks and sends. Not needed if `TWILIO_WEBHOOK_AUTH_TOKEN` and an API key are set",
  ),
  TWILIO_WEBHOOK_AUTH_TOKEN: list.describe(
    "Every key that may sign a webhook, separated by commas: during a rotation, for subaccounts, for shared keys. Empty: `TWILIO_AUTH_TOKEN`",
  ),
  TWILIO_WEBHOOK_BASE_URL: list.describe(
    "The public URLs that Twilio calls, without the function's name, separated by commas; status callbacks go to the first. Empty: `${SUPABASE_URL}/functions/v1`",
  ),
  TWILIO_CALLBACK_OVERRIDES: connectionOverrides.describe(
    "How Twilio retries a status callback: its [connection overrides](https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides), or `none`",
  ),
  DEFERRED_HTTP_STATUS: httpStatus.describe(
    "The HTTP status of the answer `deferred`, 200 or 503. With 503 Twilio uses its fallback URL and, with `rp=5xx` in the webhook's URL, retries at once",
  ),
  TWILIO_API_KEY: text.describe("The API key that sends, `SK…`, in place of the auth token"),
  TWILIO_API_KEY_SECRET: text.describe("The API key's secret"),
  TWILIO_MESSAGING_SERVICE_SID: text.describe(
    "The Messaging Service to send with, `MG…`. The conversation's number must be in its sender pool, and stays the sender",
  ),
  TWILIO_API_BASE_URL: url.describe(
    "Where Twilio's API is. Empty: Twilio when hosted, the stand-in locally",
  ),
  LLM_BASE_URL: url.describe(
    "An OpenAI-compatible endpoint, up to `/v1`. Empty: every text is handed off to a person when hosted, the stand-in answers locally",
  ),
  LLM_API_KEY: text.describe("The endpoint's key"),
  LLM_MODEL: text.describe("The model's name"),
  TURN_WAIT_SECONDS: seconds(2).describe(
    "Seconds that the bot waits after a recruit's newest text, and at most four times that after the oldest",
  ),
  TURN_LEASE_SECONDS: seconds(60).describe(
    "Seconds until another worker may claim a turn that its worker has not finished",
  ),
  SETTLE_AFTER_SECONDS: seconds(60).describe(
    "Seconds until an unconfirmed send is compared with Twilio's list. Twilio is called within a sixth of it (at most 5 s), and a call may take a third of it (at most 15 s)",
  ),
  SETTLE_GAP_SECONDS: seconds(10).describe(
    "Seconds between the first and the second comparison of an unconfirmed send",
  ),
  RESEND_WITHIN_SECONDS: seconds(900).describe(
    "Seconds after a message was first begun within which it may be sent again",
  ),
  STATUS_CHECK_SECONDS: seconds(900).describe(
    "Seconds until Twilio is asked for a status that no callback has reported; again after 4, 24, 96 and 288 times that",
  ),
  TWILIO_DELETE_MEDIA: flag.describe(
    "Whether an attachment is deleted at Twilio once it is stored here: `true` or `false`",
  ),
  RECONCILE_LAG_SECONDS: seconds(60).describe(
    "Minimum age, in seconds, before a text in Twilio's log counts as lost",
  ),
  RECONCILE_OVERLAP_SECONDS: seconds(600).describe(
    "Seconds of Twilio's log before the cursor that are compared again",
  ),
  PLATFORM_WEBHOOK_URL: text.describe(
    "Where [the platform's events](platform-events.md) are posted: `https`, or on loopback. Empty: they are only read",
  ),
  PLATFORM_WEBHOOK_SECRET: list.describe(
    "The secrets that sign these posts, `whsec_` and base64, separated by commas: during a rotation each one signs",
  ),
  PROFILE_ALERTS_SECRET: list.describe(
    "The secrets in the path of [profile alerts](profile-alerts.md), separated by commas, each of at least 32 characters",
  ),
});

/** The variables that Supabase sets for each function. */
const Platform = z.object({
  SUPABASE_URL: url,
  SUPABASE_SECRET_KEYS: text,
  SUPABASE_SERVICE_ROLE_KEY: text,
});

/** The variables that hold the project's secret keys. */
export type SecretKeyVariables = Omit<z.output<typeof Platform>, "SUPABASE_URL">;

/** The variable of the service_role key of older projects, a JWT. */
export const LegacyKeyVariable = Platform.pick({ SUPABASE_SERVICE_ROLE_KEY: true });

/** The variables of a webhook. */
export const WebhookVariables = Environment.pick({
  TWILIO_AUTH_TOKEN: true,
  TWILIO_WEBHOOK_AUTH_TOKEN: true,
  TWILIO_WEBHOOK_BASE_URL: true,
  DEFERRED_HTTP_STATUS: true,
}).merge(Platform);

/** The variables of sending. */
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

/** The variables of the bot, beside those of sending. */
export const BotVariables = Environment.pick({
  LLM_BASE_URL: true,
  LLM_API_KEY: true,
  LLM_MODEL: true,
  TURN_WAIT_SECONDS: true,
  TURN_LEASE_SECONDS: true,
});

/** The variables of comparing with Twilio's log, beside those of sending. */
export const ReconcileVariables = Environment.pick({
  RECONCILE_LAG_SECONDS: true,
  RECONCILE_OVERLAP_SECONDS: true,
});

/** The variables of copying attachments, beside those of sending. */
export const MediaVariables = Environment.pick({ TWILIO_DELETE_MEDIA: true });
/** The variables of posting the platform's events. */
export const PlatformWebhookVariables = Environment.pick({
  PLATFORM_WEBHOOK_URL: true,
  PLATFORM_WEBHOOK_SECRET: true,
});

/**
 * Reads variables. A value of the wrong form is replaced by the variable's default.
 *
 * @param schema The variables.
 * @param env The environment variables.
 * @param problems Gets a line for each wrong value, for the log.
 * @returns The variables' values.
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

/** A value as the log shows it. Only a short one is quoted, because a long one may be a token. */
function shown(value: string): string {
  return value.length <= 20 ? `"${value}"` : `a text of ${value.length} characters`;
}
