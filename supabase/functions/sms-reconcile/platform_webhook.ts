/**
 * Posts events to the platform's own webhook, the Standard Webhooks way.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @module
 */
import {
  type Env,
  PlatformWebhookVariables,
  readVariables,
} from "../_shared/configuration/environment.ts";
import { isLoopback } from "../_shared/webhook/webhook_signers.ts";
import { loadOnce } from "../_shared/worker/load_once.ts";

/** The platform's webhook. */
export interface PlatformWebhook {
  url: string;
  /** Every one signs; never empty. Each is `whsec_` and base64. */
  secrets: string[];
}

/** What the webhook did with a post. */
export type PostResult =
  /** It answered 2xx. */
  | { kind: "posted" }
  /** `reason` is for the log, and quotes nothing. */
  | { kind: "failed"; reason: string };

/** How long the webhook may take to answer, in ms. */
export const POST_MS = 5_000;

const SECRET = /^whsec_(?=.)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Reads the webhook's configuration.
 *
 * @param env The environment variables.
 * @param problems Gets a line for each value that cannot be used, for the log. It quotes none.
 * @returns The webhook; undefined if it is not configured, or not in a usable form.
 */
export function readPlatformWebhook(env: Env, problems: string[]): PlatformWebhook | undefined {
  const { PLATFORM_WEBHOOK_URL: url, PLATFORM_WEBHOOK_SECRET: entries } = readVariables(
    PlatformWebhookVariables,
    env,
    problems,
  );
  if (url === undefined) return undefined;
  const secrets = entries.filter((entry, index) => {
    if (SECRET.test(entry)) return true;
    problems.push(
      `PLATFORM_WEBHOOK_SECRET, entry ${index + 1}, must be whsec_ and base64: it signs nothing`,
    );
    return false;
  });
  const isUrlUsable = isSecure(url);
  if (!isUrlUsable) {
    problems.push(
      "PLATFORM_WEBHOOK_URL must be an https URL, or one on loopback: no event is posted",
    );
  } else if (secrets.length === 0) {
    problems.push("PLATFORM_WEBHOOK_SECRET has no secret: no event is posted");
  }
  return isUrlUsable && secrets.length > 0 ? { url, secrets: [...new Set(secrets)] } : undefined;
}

/** Whether what is posted to a URL cannot be read on its way. */
function isSecure(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol } = new URL(url);
  return protocol === "https:" || (protocol === "http:" && isLoopback(url));
}

/**
 * Tells a URL from others, without quoting it: it may hold a secret.
 *
 * @returns The first 128 bits of its SHA-256, as a UUID.
 */
export async function urlId(url: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(url));
  const hex = [...new Uint8Array(hash, 0, 16)].map((byte) => byte.toString(16).padStart(2, "0"));
  return hex.join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

const loadStandardWebhooks = loadOnce(() => import("standardwebhooks"));

/**
 * Posts once. Redirects are not followed, and the answer's body is not read.
 *
 * @param id The event's id, the same for each attempt.
 * @param body JSON.
 * @param webhook The webhook.
 * @throws {TypeError} If the library that signs cannot be loaded.
 */
export async function postEvent(
  id: string,
  body: string,
  { url, secrets }: PlatformWebhook,
): Promise<PostResult> {
  const { Webhook } = await loadStandardWebhooks();
  const now = new Date();
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), POST_MS);
  try {
    const response = await fetch(url, {
      method: "POST",
      redirect: "manual",
      headers: {
        "Content-Type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
        "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, now, body))
          .join(" "),
      },
      body,
      signal: controller.signal,
    });
    // Without waiting: an answer that never ends would keep the place of the next post.
    response.body?.cancel().catch(() => {});
    return response.ok
      ? { kind: "posted" }
      : { kind: "failed", reason: `answered with ${response.status}` };
  } catch {
    const reason = controller.signal.aborted ? "no answer within 5 s" : "cannot be reached";
    return { kind: "failed", reason };
  } finally {
    clearTimeout(timer);
  }
}
