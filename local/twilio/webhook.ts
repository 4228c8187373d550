/**
 * Posts a form to a webhook the way Twilio does.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * @module
 */
import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";

/** One post. */
export interface WebhookPost {
  url: string;
  /** The key to sign with. */
  token: string;
  form: Record<string, string>;
  /** Twilio sends the same one when it repeats a post. */
  idempotencyToken: string;
  /** Ends the wait for an answer early. */
  signal?: AbortSignal;
}

/** How long Twilio waits for a webhook, in ms. */
const TIMEOUT_MS = 15_000;

/** What Twilio would have got back. */
export interface WebhookAnswer {
  status: number;
  content_type: string;
  body: string;
  /** How long the answer took, in ms. */
  duration_ms: number;
}

/**
 * Signs a form and posts it.
 *
 * @throws {Error} If nothing answers at the URL, or not within 15 s.
 */
export async function postToWebhook(
  { url, token, form, idempotencyToken, signal }: WebhookPost,
): Promise<WebhookAnswer> {
  const startedAt = performance.now();
  const tooLate = new AbortController();
  const timer = setTimeout(() => tooLate.abort(), TIMEOUT_MS);
  // The fragment holds Twilio's own settings: it is neither sent nor signed.
  const [called] = url.split("#");
  try {
    const response = await fetch(called, {
      method: "POST",
      headers: {
        "Accept": "*/*",
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "I-Twilio-Idempotency-Token": idempotencyToken,
        "User-Agent": "TwilioProxy/1.1",
        "X-Twilio-Signature": getExpectedTwilioSignature(token, called, form),
      },
      body: new URLSearchParams(form),
      redirect: "manual",
      signal: signal ? AbortSignal.any([signal, tooLate.signal]) : tooLate.signal,
    });
    return {
      status: response.status,
      content_type: response.headers.get("content-type") ?? "",
      body: await response.text(),
      duration_ms: Math.round((performance.now() - startedAt) * 10) / 10,
    };
  } catch (cause) {
    const reason = tooLate.signal.aborted
      ? `${called} has not answered within ${TIMEOUT_MS / 1000} s`
      : `Nothing answers at ${called}. Is \`deno task start\` running?`;
    throw new Error(reason, { cause });
  } finally {
    clearTimeout(timer);
  }
}
