/**
 * Posts a form to a webhook the way Twilio does.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * @module
 */
import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import { connectionOverridesOf, policyOf } from "./connection_overrides.ts";

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

/** What Twilio would have got back. */
export interface WebhookAnswer {
  status: number;
  content_type: string;
  body: string;
  /** How long the answer took, in ms. */
  duration_ms: number;
}

/**
 * Signs a form and posts it, again as often and for such reasons as the URL's fragment says.
 *
 * @throws {Error} If nothing answers at the URL, or not in time.
 */
export async function postToWebhook(post: WebhookPost): Promise<WebhookAnswer> {
  const { retries, policies, readMs, totalMs } = connectionOverridesOf(post.url);
  const endsAt = performance.now() + totalMs;
  for (let retry = 0;; retry++) {
    const isLast = retry === retries;
    try {
      const answer = await postOnce(post, Math.min(readMs, endsAt - performance.now()));
      const policy = policyOf(answer.status);
      if (isLast || !policy || !policies.has(policy)) return answer;
    } catch (error) {
      const isDue = error instanceof TooLate ? policies.has("rt") : policies.has("ct");
      if (isLast || !isDue || post.signal?.aborted || performance.now() >= endsAt) throw error;
    }
  }
}

class TooLate extends Error {}

async function postOnce(
  { url, token, form, idempotencyToken, signal }: WebhookPost,
  timeoutMs: number,
): Promise<WebhookAnswer> {
  const startedAt = performance.now();
  const tooLate = new AbortController();
  const timer = setTimeout(() => tooLate.abort(), timeoutMs);
  // The fragment is neither sent nor signed.
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
    if (tooLate.signal.aborted) {
      const seconds = Math.round(timeoutMs / 1000);
      throw new TooLate(`${called} has not answered within ${seconds} s`, { cause });
    }
    throw new Error(`Nothing answers at ${called}. Is \`deno task start\` running?`, { cause });
  } finally {
    clearTimeout(timer);
  }
}
