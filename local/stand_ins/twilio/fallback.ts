/**
 * The fallback URL of a webhook: Twilio posts the same form there, with the error, when the webhook
 * fails.
 *
 * @see https://www.twilio.com/docs/messaging/guides/webhook-request
 * @module
 */
import type { Debugger } from "./debugger.ts";
import type { WebhookUrls } from "./resources/webhook_routes.ts";
import { calledUrl, type WebhookAnswer, type WebhookPost } from "./webhook.ts";
import {
  type AnswerUse,
  errorOfAnswer,
  errorOfFailure,
  type WebhookError,
} from "./webhook_error.ts";

/** The answer to a form, and what has failed before it. */
export interface AnswerWithFallback extends WebhookAnswer {
  /** The webhook's failure, if this is the answer of its fallback URL. */
  failure?: WebhookFailure;
}

/** Why a webhook's fallback URL was called. */
export interface WebhookFailure extends WebhookError {
  /** The URL of the webhook, as it was called. */
  url: string;
  /** The webhook's answer; empty if there was none. */
  body: string;
  /** Whether the function has thrown an error over it. Only the local stack says so. */
  has_thrown?: true;
}

/**
 * Posts a form to a webhook, and to its fallback URL if the webhook fails.
 *
 * @param resourceSid The message or call that the form is about.
 * @returns The fallback's answer if there is one, else the webhook's.
 * @throws {Error} If neither answers in time.
 */
export async function postWithFallback(
  debug: Debugger,
  { first: webhook, fallback }: WebhookUrls,
  post: Omit<WebhookPost, "url" | "method">,
  resourceSid: string,
  use: AnswerUse,
): Promise<AnswerWithFallback> {
  const first = await attempt(() => debug.post({ ...post, ...webhook }, resourceSid, use));
  const error = first.kind === "answered"
    ? errorOfAnswer(first.answer, use)
    : errorOfFailure(first.failure);
  if (error && fallback && !post.signal?.aborted) {
    const url = calledUrl(webhook.url);
    const form = { ...post.form, ErrorCode: String(error.code), ErrorUrl: url };
    const second = await attempt(() =>
      debug.post({ ...post, form, ...fallback }, resourceSid, use)
    );
    if (second.kind === "answered") {
      const { body, has_thrown } = first.kind === "answered" ? first.answer : { body: "" };
      return {
        ...second.answer,
        failure: { ...error, url, body, ...(has_thrown ? { has_thrown } : {}) },
      };
    }
  }
  if (first.kind === "answered") return first.answer;
  throw first.failure;
}

/** An answer, or why there is none. */
type Attempt = { kind: "answered"; answer: WebhookAnswer } | { kind: "failed"; failure: unknown };

async function attempt(post: () => Promise<WebhookAnswer>): Promise<Attempt> {
  try {
    return { kind: "answered", answer: await post() };
  } catch (failure) {
    return { kind: "failed", failure };
  }
}
