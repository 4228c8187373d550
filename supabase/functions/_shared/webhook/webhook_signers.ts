/**
 * Who may sign a webhook: keys, and the URLs that each may sign for.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * @module
 */
import { entriesOf } from "../configuration/environment.ts";

/** A key that may sign a webhook, with a URL that it may sign for. */
export interface WebhookSigner {
  /** Never empty, because every attacker can sign with an empty key. */
  authToken: string;
  /** A public URL that Twilio may call, without the function's name and without a slash at its end. */
  baseUrl: string;
}

/** The public URLs that Twilio may call, without the function's name. */
export interface WebhookUrls {
  baseUrls: string[];
  /** Those of `baseUrls` that only this machine can call. */
  localUrls: string[];
}

/**
 * Checks the base URLs.
 *
 * @param entries The entries of TWILIO_WEBHOOK_BASE_URL.
 * @param supabaseUrl The base URL of the project's API, whose functions are the default.
 * @param problems Gets a line for each entry that cannot be used.
 */
export function readWebhookUrls(
  entries: string[],
  supabaseUrl: string,
  problems: string[],
): WebhookUrls {
  const configuredUrls = entries.map((url) => url.replace(/\/+$/, ""));
  for (const [index, url] of configuredUrls.entries()) {
    const entry = `TWILIO_WEBHOOK_BASE_URL, entry ${index + 1},`;
    if (!/^https?:$/.test(protocolOf(url))) {
      problems.push(`${entry} is not an http or https URL`);
    } else if (namesFunction(url)) {
      problems.push(`${entry} must end before the function's name`);
    } else if (/[?#]/.test(url)) {
      problems.push(`${entry} must have neither a query nor a fragment`);
    }
  }
  const baseUrls = configuredUrls.length > 0 ? configuredUrls : [`${supabaseUrl}/functions/v1`];
  // The Docker gateway's address counts as local only where it is configured. As the default it may also be
  // that of a self-hosted production.
  const localUrls = baseUrls.filter((url) =>
    isLoopback(url) || (configuredUrls.length > 0 && isDockerGateway(url))
  );
  return { baseUrls, localUrls };
}

/** Whether an address ends with the name of a function, as the URL of a webhook does. */
export function namesFunction(address: string): boolean {
  return /\/(sms-(inbound|status|send|reconcile)|twilio-events|profile-alerts)$/.test(address);
}

/**
 * Pairs the keys with the URLs. A published key is paired with local URLs only.
 *
 * @param keys TWILIO_WEBHOOK_AUTH_TOKEN counts if one of its keys may sign, else TWILIO_AUTH_TOKEN, which may
 *   hold several keys, too.
 * @param urls The public URLs.
 * @param problems Gets a line when no key may sign at all.
 * @param warnings Gets a line for each URL that no key may sign for.
 * @returns Every key with each URL that it may sign for.
 */
export function readWebhookSigners(
  keys: { TWILIO_WEBHOOK_AUTH_TOKEN: string[]; TWILIO_AUTH_TOKEN?: string },
  { baseUrls, localUrls }: WebhookUrls,
  problems: string[],
  warnings: string[],
): WebhookSigner[] {
  const { TWILIO_WEBHOOK_AUTH_TOKEN: webhookTokens, TWILIO_AUTH_TOKEN: accountToken = "" } = keys;
  const signersOf = (tokens: string[]): WebhookSigner[] =>
    [...new Set(tokens)].flatMap((authToken) =>
      [...new Set(isPublishedKey(authToken) ? localUrls : baseUrls)]
        .map((baseUrl) => ({ authToken, baseUrl }))
    );
  const webhookSigners = [signersOf(webhookTokens), signersOf(entriesOf(accountToken))]
    .find((signers) => signers.length > 0) ?? [];
  if (webhookSigners.length === 0) {
    problems.push(
      "TWILIO_AUTH_TOKEN is not set (keys that begin with local- are published: they verify only webhooks whose base URL is on loopback)",
    );
    return [];
  }
  if (
    localUrls.length < baseUrls.length &&
    webhookSigners.some(({ authToken }) => isPublishedKey(authToken))
  ) {
    warnings.push(
      `A published key (local-…) verifies webhooks for ${
        localUrls.map(shownUrl).join(" and ")
      }: remove it in production`,
    );
  }
  for (const url of baseUrls) {
    if (webhookSigners.some(({ baseUrl }) => baseUrl === url)) continue;
    warnings.push(
      `No key may sign for ${
        shownUrl(url)
      }: set TWILIO_AUTH_TOKEN to your account's (keys that begin with local- are published)`,
    );
  }
  return webhookSigners;
}

/**
 * Whether a key is published, as those of `.env.example` are, which begin with `local-`. Some tools leave
 * quotes around a value.
 */
export function isPublishedKey(key: string): boolean {
  return /^["']?local-/i.test(key);
}

/** A URL as the log shows it: without user and password. */
function shownUrl(url: string): string {
  return url.replace(/\/\/[^/?#]*@/, "//");
}

/** Whether only this machine can call a URL. */
export function isLoopback(url: string): boolean {
  const host = hostOf(url);
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/**
 * Whether a URL names the gateway of a local Docker stack: Kong, or the machine as its containers
 * see it.
 *
 * @see https://docs.docker.com/desktop/features/networking/
 */
export function isDockerGateway(url: string): boolean {
  const host = hostOf(url);
  return /^(kong|supabase_kong_[a-z0-9_-]+|host\.docker\.internal)$/.test(host);
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : "";
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : "";
}
