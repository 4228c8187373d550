/**
 * What the webhooks need to know, read once from the environment when a function starts.
 *
 * @module
 */
import { readSecretKeys } from "../callers/secret_keys.ts";
import {
  readWebhookSigners,
  readWebhookUrls,
  type WebhookSigner,
} from "../webhook/webhook_signers.ts";

/** The webhooks' configuration. */
export interface Configuration {
  /** Where the project's API is, without a trailing slash. */
  supabaseUrl: string;
  /** The key that acts as service_role. */
  secretKey: string;
  /** Every key that acts as service_role, by its name. */
  secretKeys: Record<string, string>;
  webhookSigners: WebhookSigner[];
  /** Where Twilio reports delivery: the first of the base URLs. */
  callbackBaseUrl: string;
  /** The HTTP status of the answer `deferred`. */
  deferredHttpStatus: 200 | 503;
  /** What is missing for calling the database, in words for the log. */
  databaseProblems: string[];
  /** What is missing for a webhook; while it is not empty, no request is taken. */
  problems: string[];
  /** What was set to a value that cannot be used, and what is used instead. */
  warnings: string[];
}

/**
 * Reads the configuration.
 *
 * @param env The environment variables, as `Deno.env.toObject()` returns them.
 * @returns The configuration, with what is missing in `problems`.
 */
export function readConfiguration(
  env: Record<string, string | undefined>,
): Configuration {
  const problems: string[] = [];
  const warnings: string[] = [];
  const supabaseUrl = (env.SUPABASE_URL ?? "").trim().replace(/\/+$/, "");
  if (!supabaseUrl) problems.push("SUPABASE_URL is not set");
  else if (!URL.canParse(supabaseUrl)) problems.push("SUPABASE_URL is no URL");
  const secretKeys = readSecretKeys(env, warnings);
  const secretKey = secretKeys.default ?? Object.values(secretKeys)[0] ?? "";
  if (!secretKey) {
    problems.push("SUPABASE_SECRET_KEYS holds no key, and SUPABASE_SERVICE_ROLE_KEY is not set");
  }
  const databaseProblems = [...problems];

  const webhookUrls = readWebhookUrls(env, supabaseUrl, problems);
  return {
    supabaseUrl,
    secretKey,
    secretKeys,
    webhookSigners: readWebhookSigners(env, webhookUrls, problems, warnings),
    callbackBaseUrl: webhookUrls.baseUrls[0],
    deferredHttpStatus: readDeferredHttpStatus(env, warnings),
    databaseProblems,
    problems,
    warnings,
  };
}

/**
 * Reads a number of seconds.
 *
 * @param env The environment variables.
 * @param name The variable's name.
 * @param fallback What counts when it is absent, empty or no number from 0 on.
 * @param problems Gets a line when it is no such number.
 */
export function readSeconds(
  env: Record<string, string | undefined>,
  name: string,
  fallback: number,
  problems: string[],
): number {
  const text = env[name]?.trim();
  if (!text) return fallback;
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds >= 0) return seconds;
  problems.push(`${name} must be a number of seconds, not ${shown(text)}: ${fallback} is used`);
  return fallback;
}

/** A value as a line of the log shows it: whole if it is too short for a token, which may stand there. */
export function shown(value: string): string {
  return value.length <= 20 ? `"${value}"` : `a text of ${value.length} characters`;
}

/** 503 makes Twilio use its fallback URL and, with `rp=5xx`, try again at once. */
function readDeferredHttpStatus(
  { DEFERRED_HTTP_STATUS }: Record<string, string | undefined>,
  warnings: string[],
): 200 | 503 {
  const text = DEFERRED_HTTP_STATUS?.trim() || "200";
  if (text === "200" || text === "503") return text === "200" ? 200 : 503;
  warnings.push(`DEFERRED_HTTP_STATUS must be 200 or 503, not ${shown(text)}: 200 is used`);
  return 200;
}
