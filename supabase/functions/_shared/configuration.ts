/**
 * What the webhooks need to know, read once from the environment when a function starts.
 *
 * @module
 */

/** The webhooks' configuration. */
export interface Configuration {
  /** Where the project's API is, without a trailing slash. */
  supabaseUrl: string;
  /** The key that acts as service_role. */
  secretKey: string;
  /** Every key that may sign a webhook; never an empty string. */
  webhookAuthTokens: string[];
  /** The public URLs that Twilio may have signed, without the function's name. */
  webhookBaseUrls: string[];
  /** What is missing, in words for the log; while it is not empty, no request is taken. */
  problems: string[];
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
  const supabaseUrl = (env.SUPABASE_URL ?? "").trim().replace(/\/+$/, "");
  if (!supabaseUrl) problems.push("SUPABASE_URL is not set");
  const secretKey = readSecretKey(env);
  if (!secretKey) {
    problems.push('SUPABASE_SECRET_KEYS has no key named "default"');
  }

  const webhookAuthTokens = [env.TWILIO_WEBHOOK_AUTH_TOKEN, env.TWILIO_AUTH_TOKEN]
    .map((tokens) => list(tokens).filter((token) => isUsableKey(token, supabaseUrl)))
    .find((tokens) => tokens.length > 0) ?? [];
  if (webhookAuthTokens.length === 0) {
    problems.push(
      "TWILIO_AUTH_TOKEN is not set (keys that begin with local- count only on a local stack)",
    );
  }

  const configured = list(env.TWILIO_WEBHOOK_BASE_URL).map((url) => url.replace(/\/+$/, ""));
  for (const [index, url] of configured.entries()) {
    const entry = `TWILIO_WEBHOOK_BASE_URL, entry ${index + 1},`;
    if (!/^https?:$/.test(protocolOf(url))) {
      problems.push(`${entry} is no http or https URL`);
    } else if (/\/sms-(inbound|status|send)$/.test(url)) {
      problems.push(`${entry} must end before the function's name`);
    }
  }
  const webhookBaseUrls = configured.length > 0 ? configured : [`${supabaseUrl}/functions/v1`];
  return {
    supabaseUrl,
    secretKey,
    webhookAuthTokens,
    webhookBaseUrls,
    problems,
  };
}

/** Whether a key counts: those that begin with `local-` are published, and open nothing elsewhere. */
export function isUsableKey(key: string, supabaseUrl: string): boolean {
  return key !== "" && (!key.startsWith("local-") || isLocal(supabaseUrl));
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

/** Hosted functions get SUPABASE_SECRET_KEYS; older projects only SUPABASE_SERVICE_ROLE_KEY. */
function readSecretKey(env: Record<string, string | undefined>): string {
  try {
    const keys: unknown = JSON.parse(env.SUPABASE_SECRET_KEYS || "{}");
    if (
      keys && typeof keys === "object" && "default" in keys &&
      typeof keys.default === "string"
    ) {
      return keys.default;
    }
  } catch {
    // Not JSON: the same as not set.
  }
  return env.SUPABASE_SERVICE_ROLE_KEY ?? "";
}

/** Whether the project is a stack on this machine, or behind the local Docker stack's gateway. */
function isLocal(supabaseUrl: string): boolean {
  const host = URL.canParse(supabaseUrl) ? new URL(supabaseUrl).hostname : "";
  return host === "localhost" || host === "[::1]" || host === "kong" ||
    /^127\.\d+\.\d+\.\d+$/.test(host) || host.startsWith("supabase_kong_");
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : "";
}
