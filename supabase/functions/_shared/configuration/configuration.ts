/**
 * The webhooks' configuration, read once from the environment when a function starts.
 *
 * @module
 */
import { readSecretKeys } from "../authentication/secret_keys.ts";
import {
  readWebhookSigners,
  readWebhookUrls,
  type WebhookSigner,
} from "../webhook/webhook_signers.ts";
import { type Env, readVariables, WebhookVariables } from "./environment.ts";

/** The webhooks' configuration. */
export interface Configuration {
  /** The base URL of the project's API, without a slash at its end. */
  supabaseUrl: string;
  /** The key that the function itself uses, as service_role. */
  secretKey: string;
  /** Every secret key of the project, by its name. */
  secretKeys: Record<string, string>;
  /** Who may sign a webhook. */
  webhookSigners: WebhookSigner[];
  /** The base URL of status callbacks: the first one that Twilio may call. */
  callbackBaseUrl: string;
  /** The HTTP status of the answer `deferred`. */
  deferredHttpStatus: 200 | 503;
  /** What is missing for calling the database, for the log. */
  databaseProblems: string[];
  /** What is missing for a webhook, for the log. If there is any, every request is answered 500. */
  problems: string[];
  /** Which values cannot be used, and what is used instead, for the log. */
  warnings: string[];
}

/**
 * Reads the configuration.
 *
 * @param env The environment variables.
 * @returns The configuration, with what is missing in `problems`.
 */
export function readConfiguration(env: Env): Configuration {
  const problems: string[] = [];
  const warnings: string[] = [];
  const variables = readVariables(WebhookVariables, env, warnings);
  const { SUPABASE_URL: supabaseUrl = "", DEFERRED_HTTP_STATUS: deferredHttpStatus } = variables;
  if (!supabaseUrl) problems.push("SUPABASE_URL is not set");
  else if (!URL.canParse(supabaseUrl)) problems.push("SUPABASE_URL is not a URL");
  const secretKeys = readSecretKeys(variables, warnings);
  const secretKey = secretKeys.default ?? Object.values(secretKeys)[0] ?? "";
  if (!secretKey) {
    problems.push("SUPABASE_SECRET_KEYS holds no key, and SUPABASE_SERVICE_ROLE_KEY is not set");
  }
  const databaseProblems = [...problems];

  const webhookUrls = readWebhookUrls(variables.TWILIO_WEBHOOK_BASE_URL, supabaseUrl, problems);
  return {
    supabaseUrl,
    secretKey,
    secretKeys,
    webhookSigners: readWebhookSigners(variables, webhookUrls, problems, warnings),
    callbackBaseUrl: webhookUrls.baseUrls[0],
    deferredHttpStatus,
    databaseProblems,
    problems,
    warnings,
  };
}
