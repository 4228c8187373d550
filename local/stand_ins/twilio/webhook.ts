/**
 * Signed posts to a webhook, as Twilio makes them.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * @module
 */
import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import { noAnswer } from "../../command_line/no_answer.ts";
import { THREW_HEADER } from "../../functions/thrown_error.ts";
import { connectionOverridesOf, policyOf } from "./connection_overrides.ts";

/** The methods by which Twilio calls a webhook. */
export type WebhookMethod = "GET" | "POST" | "PUT";

/** A post. */
export interface WebhookPost {
  url: string;
  /** The auth token that signs. */
  token: string;
  form: Record<string, string>;
  /** The HTTP method; POST by default. With GET the form is in the query. */
  method?: WebhookMethod;
  /** The token that Twilio keeps when it repeats a post. */
  idempotencyToken: string;
  /** Aborts the wait for an answer. */
  signal?: AbortSignal;
}

/** A webhook's answer. */
export interface WebhookAnswer {
  status: number;
  content_type: string;
  body: string;
  /** The time until the answer, in ms. */
  duration_ms: number;
  /** Whether the function has thrown an error over it. Only the local stack says so. */
  has_thrown?: true;
}

/**
 * Reads the answer of a webhook.
 *
 * @param startedAt When it was posted, on `performance.now()`'s clock, in ms.
 */
export async function readAnswer(response: Response, startedAt: number): Promise<WebhookAnswer> {
  return {
    status: response.status,
    content_type: response.headers.get("content-type") ?? "",
    body: await response.text(),
    duration_ms: Math.round((performance.now() - startedAt) * 10) / 10,
    ...(response.headers.has(THREW_HEADER) ? { has_thrown: true } : {}),
  };
}

/**
 * Signs a form and posts it, with the retries that the fragment of the URL sets.
 *
 * @returns The last answer, whatever its status.
 * @throws {Error} If the webhook does not answer in time.
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
      const isRetried = error instanceof TimedOut ? policies.has("rt") : policies.has("ct");
      if (isLast || !isRetried || post.signal?.aborted || performance.now() >= endsAt) throw error;
    }
  }
}

/** The webhook was reached and has not answered in time. */
export class TimedOut extends Error {}

/** The headers of a post, with the signature. */
export function headersOf(post: WebhookPost) {
  const { url, signedForm } = requestOf(post);
  return {
    "Accept": "*/*",
    "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
    "I-Twilio-Idempotency-Token": post.idempotencyToken,
    "User-Agent": "TwilioProxy/1.1",
    "X-Twilio-Signature": getExpectedTwilioSignature(post.token, url, signedForm),
  };
}

/** The URL of the request, and what else the signature covers: the form, if it is the body. */
function requestOf({ url, form, method }: WebhookPost) {
  const called = calledUrl(url);
  if (method !== "GET") return { url: called, signedForm: form };
  const query = new URLSearchParams(form);
  return { url: `${called}${called.includes("?") ? "&" : "?"}${query}`, signedForm: {} };
}

/** The URL that is called and signed: without the fragment. */
export function calledUrl(url: string): string {
  return url.split("#")[0];
}

async function postOnce(post: WebhookPost, timeoutMs: number): Promise<WebhookAnswer> {
  const { form, signal } = post;
  const startedAt = performance.now();
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  const called = calledUrl(post.url);
  try {
    const { method = "POST" } = post;
    const response = await fetch(requestOf(post).url, {
      method,
      headers: headersOf(post),
      ...(method === "GET" ? {} : { body: new URLSearchParams(form) }),
      redirect: "manual",
      signal: signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal,
    });
    return await readAnswer(response, startedAt);
  } catch (cause) {
    if (timeout.signal.aborted) {
      const seconds = Math.round(timeoutMs / 1000);
      throw new TimedOut(`${called} has not answered within ${seconds} s`, { cause });
    }
    throw new Error(noAnswer(called), { cause });
  } finally {
    clearTimeout(timer);
  }
}
