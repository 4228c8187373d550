/**
 * What the webhooks need to know, read once from the environment when a function starts.
 *
 * @module
 */

/** A key that may sign a webhook, with a URL that it may sign for. */
export interface WebhookSigner {
  /** Never an empty string: anybody can sign with that. */
  authToken: string;
  /** A public URL that Twilio may call, without the function's name and without a slash at its end. */
  baseUrl: string;
}

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
  /** What is missing, in words for the log; while it is not empty, no request is taken. */
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
  const secretKeys = readSecretKeys(env);
  const secretKey = secretKeys.default ?? Object.values(secretKeys)[0] ?? "";
  if (!secretKey) {
    problems.push("SUPABASE_SECRET_KEYS holds no key, and SUPABASE_SERVICE_ROLE_KEY is not set");
  }

  const configuredUrls = list(env.TWILIO_WEBHOOK_BASE_URL).map((url) => url.replace(/\/+$/, ""));
  for (const [index, url] of configuredUrls.entries()) {
    const entry = `TWILIO_WEBHOOK_BASE_URL, entry ${index + 1},`;
    if (!/^https?:$/.test(protocolOf(url))) {
      problems.push(`${entry} is no http or https URL`);
    } else if (/\/(sms|twilio)-[a-z]+$/.test(url)) {
      problems.push(`${entry} must end before the function's name`);
    }
  }
  const baseUrls = configuredUrls.length > 0 ? configuredUrls : [`${supabaseUrl}/functions/v1`];
  // The Docker gateway's own address is local only where it is configured: as the default it is also
  // what a self-hosted production has.
  const localUrls = baseUrls.filter((url) =>
    isLoopback(url) || (configuredUrls.length > 0 && isDockerGateway(url))
  );

  const webhookSigners = [env.TWILIO_WEBHOOK_AUTH_TOKEN, env.TWILIO_AUTH_TOKEN]
    .map((tokens) =>
      [...new Set(list(tokens))].flatMap((authToken) =>
        [...new Set(isPublishedKey(authToken) ? localUrls : baseUrls)]
          .map((baseUrl) => ({ authToken, baseUrl }))
      )
    )
    .find((signers) => signers.length > 0) ?? [];
  if (webhookSigners.length === 0) {
    problems.push(
      "TWILIO_AUTH_TOKEN is not set (keys that begin with local- are published: they verify only webhooks whose base URL is on loopback)",
    );
  }
  return {
    supabaseUrl,
    secretKey,
    secretKeys,
    webhookSigners,
    callbackBaseUrl: baseUrls[0],
    deferredHttpStatus: readDeferredHttpStatus(env, warnings),
    problems,
    warnings,
  };
}

/** Tells whether everybody knows a key: those of `.env.example` begin with `local-`. */
export function isPublishedKey(key: string): boolean {
  return key.startsWith("local-");
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
  problems.push(`${name} must be a number of seconds, not "${text}": ${fallback} is used`);
  return fallback;
}

function list(value: string | undefined): string[] {
  return (value ?? "").split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
}

/**
 * Hosted functions get SUPABASE_SECRET_KEYS, a JSON object of keys by name; older projects only
 * SUPABASE_SERVICE_ROLE_KEY.
 *
 * @see https://supabase.com/docs/guides/functions/secrets
 */
function readSecretKeys(env: Record<string, string | undefined>): Record<string, string> {
  const entries = Object.entries(parseObject(env.SUPABASE_SECRET_KEYS))
    .filter((entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "");
  const legacyKey = env.SUPABASE_SERVICE_ROLE_KEY?.trim();
  if (entries.length === 0 && legacyKey) return { default: legacyKey };
  return Object.fromEntries(entries);
}

/** Reads a JSON object; anything else counts as an empty one. */
function parseObject(text: string | undefined): object {
  try {
    const value: unknown = JSON.parse(text || "{}");
    return value && typeof value === "object" && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}

/** 503 makes Twilio use its fallback URL and, with `rp=5xx`, try again at once. */
function readDeferredHttpStatus(
  { DEFERRED_HTTP_STATUS }: Record<string, string | undefined>,
  warnings: string[],
): 200 | 503 {
  const text = DEFERRED_HTTP_STATUS?.trim() || "200";
  if (text === "200" || text === "503") return text === "200" ? 200 : 503;
  warnings.push(`DEFERRED_HTTP_STATUS must be 200 or 503, not "${text}": 200 is used`);
  return 200;
}

/** Whether only this machine can call a URL. */
function isLoopback(url: string): boolean {
  const host = hostOf(url);
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/**
 * Whether a URL names the gateway of a local Docker stack: Kong, or the machine as its containers
 * see it.
 *
 * @see https://docs.docker.com/desktop/features/networking/
 */
function isDockerGateway(url: string): boolean {
  const host = hostOf(url);
  return host === "kong" || host.startsWith("supabase_kong_") || host === "host.docker.internal";
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : "";
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : "";
}
