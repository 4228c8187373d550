/**
 * Signed posts of JSON, as Event Streams makes them: the signature covers the URL alone, and the URL
 * holds the hash of the body.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security#validate-json-requests
 * @module
 */
import { getExpectedBodyHash, getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import { noAnswer } from "../../command_line/no_answer.ts";
import { calledUrl, readAnswer, type WebhookAnswer } from "./webhook.ts";

/** A post of events. */
export interface EventPost {
  /** The sink's destination. */
  url: string;
  /** The auth token that signs. */
  token: string;
  /** The events as JSON. */
  body: string;
  /** The time limit, in ms. */
  timeoutMs: number;
  /** `application/json` by default. */
  contentType?: string;
  /** Aborts the wait for an answer. */
  signal?: AbortSignal;
}

/** The time in which a sink must answer, in ms. */
export const SINK_TIMEOUT_MS = 5_000;

/**
 * Posts events once.
 *
 * @returns The answer, whatever its status.
 * @throws {Error} If the sink does not answer in time.
 */
export async function postEvents(
  { url, token, body, timeoutMs, contentType = "application/json", signal }: EventPost,
): Promise<WebhookAnswer> {
  const startedAt = performance.now();
  const timeout = AbortSignal.timeout(timeoutMs);
  const destination = calledUrl(url);
  const called = `${destination}${destination.includes("?") ? "&" : "?"}bodySHA256=${
    getExpectedBodyHash(body)
  }`;
  try {
    const response = await fetch(called, {
      method: "POST",
      headers: {
        "Accept": "*/*",
        "Content-Type": contentType,
        "User-Agent": "TwilioProxy/1.1",
        "X-Twilio-Signature": getExpectedTwilioSignature(token, called, {}),
      },
      body,
      redirect: "manual",
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    return await readAnswer(response, startedAt);
  } catch (cause) {
    const message = timeout.aborted
      ? `${destination} has not answered within ${timeoutMs / 1000} s`
      : noAnswer(destination);
    throw new Error(message, { cause });
  }
}
