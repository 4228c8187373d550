/**
 * Who may sign a webhook: which keys, for which URLs.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * @module
 */

/** A key that may sign a webhook, with a URL that it may sign for. */
export interface WebhookSigner {
  /** Never an empty string: every attacker can sign with that. */
  authToken: string;
  /** A public URL that Twilio may call, without the function's name and without a slash at its end. */
  baseUrl: string;
}

/** The public URLs that Twilio may call, without the function's name. */
export interface WebhookUrls {
  baseUrls: string[];
  /** Those of them that only this machine can call. */
  localUrls: string[];
}

/**
 * Checks the base URLs.
 *
 * @param entries Those of TWILIO_WEBHOOK_BASE_URL.
 * @param supabaseUrl Where the project's API is.
 * @param problems Gets what is wrong with an entry.
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
    } else if (/\/(sms-(inbound|status|send|reconcile)|twilio-events)$/.test(url)) {
      problems.push(`${entry} must end before the function's name`);
    } else if (/[?#]/.test(url)) {
      problems.push(`${entry} must have neither a query nor a fragment`);
    }
  }
  const baseUrls = configuredUrls.length > 0 ? configuredUrls : [`${supabaseUrl}/functions/v1`];
  // The Docker gateway's own address is local only where it is configured: as the default it is also
  // what a self-hosted production has.
  const localUrls = baseUrls.filter((url) =>
    isLoopback(url) || (configuredUrls.length > 0 && isDockerGateway(url))
  );
  return { baseUrls, localUrls };
}

/**
 * Pairs the keys with the URLs.
 *
 * @param keys Those of TWILIO_WEBHOOK_AUTH_TOKEN count, or without them TWILIO_AUTH_TOKEN.
 * @param urls The public URLs.
 * @param problems Gets a line when no key may sign at all.
 * @param warnings Gets a line for each URL that no key may sign for.
 * @returns Every key with every URL that it may sign for.
 */
export function readWebhookSigners(
  keys: { TWILIO_WEBHOOK_AUTH_TOKEN: string[]; TWILIO_AUTH_TOKEN?: string },
  { baseUrls, localUrls }: WebhookUrls,
  problems: string[],
  warnings: string[],
): WebhookSigner[] {
  const { TWILIO_WEBHOOK_AUTH_TOKEN: several, TWILIO_AUTH_TOKEN: one = "" } = keys;
  const webhookSigners = [several, one === "" ? [] : [one]]
    .map((tokens) =>
      [...new Set(tokens)].flatMap((authToken) =>
        [...new Set(isPublishedKey(authToken) ? localUrls : baseUrls)]
          .map((baseUrl) => ({ authToken, baseUrl }))
      )
    )
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
        localUrls.join(" and ")
      }: remove it in production`,
    );
  }
  for (const url of baseUrls) {
    if (webhookSigners.some(({ baseUrl }) => baseUrl === url)) continue;
    warnings.push(
      `No key may sign for ${url}: set TWILIO_AUTH_TOKEN to your account's (keys that begin with local- are published)`,
    );
  }
  return webhookSigners;
}

/**
 * Tells whether a key is published, as those of `.env.example`, which begin with `local-`. Some tools
 * leave quotes around a value.
 */
export function isPublishedKey(key: string): boolean {
  return /^["']?local-/i.test(key);
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
  return /^(kong|supabase_kong_[a-z0-9_-]+|host\.docker\.internal)$/.test(host);
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : "";
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : "";
}
