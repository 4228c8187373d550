/**
 * Requests that the functions answer without keeping anything.
 *
 * @module
 */
import { getExpectedBodyHash, getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import type { WebhookName } from "../../project/webhook_urls.ts";
import { ask, type HttpAnswer } from "../http_answer.ts";

/** The functions, in the order of docs/deploy.md. */
export const FUNCTIONS = [
  "sms-inbound",
  "sms-status",
  "twilio-events",
  "sms-send",
  "sms-reconcile",
  "profile-alerts",
] as const;
export type FunctionName = typeof FUNCTIONS[number];

/** The three that Twilio calls. */
export const WEBHOOKS: readonly WebhookName[] = ["sms-inbound", "sms-status", "twilio-events"];

const FORM = "application/x-www-form-urlencoded";

/** Posts an empty form without a signature or a key. */
export function postUnsigned(
  functionsUrl: string,
  name: FunctionName,
  limitMs?: number,
): Promise<HttpAnswer> {
  return post(`${functionsUrl}/${name}`, { "Content-Type": FORM }, "", limitMs);
}

/** Posts an empty form that is signed. It is no message, so the function answers `ignored`. */
export function postSignedForm(
  baseUrl: string,
  name: WebhookName,
  authToken: string,
): Promise<HttpAnswer> {
  const url = `${baseUrl}/${name}`;
  const signature = getExpectedTwilioSignature(authToken, url, {});
  return post(url, { "Content-Type": FORM, "X-Twilio-Signature": signature }, "");
}

/** Posts a signed batch without an event, as Event Streams does. */
export function postSignedBatch(baseUrl: string, authToken: string): Promise<HttpAnswer> {
  const body = "[]";
  const url = `${baseUrl}/twilio-events?bodySHA256=${getExpectedBodyHash(body)}`;
  const signature = getExpectedTwilioSignature(authToken, url, {});
  return post(url, { "Content-Type": "application/json", "X-Twilio-Signature": signature }, body);
}

/** Calls a function with a secret key, and with a body that it refuses. */
export function callWithKey(
  functionsUrl: string,
  name: "sms-send" | "sms-reconcile",
  secretKey: string,
): Promise<HttpAnswer> {
  const body = JSON.stringify({ doctor: "asks whether the key is taken" });
  const headers = { "Content-Type": "application/json", apikey: secretKey };
  return post(`${functionsUrl}/${name}`, headers, body);
}

/** Posts. User and password of the URL go into a header, because `fetch` takes no such URL. */
export function post(
  url: string,
  headers: Record<string, string>,
  body: string,
  limitMs?: number,
): Promise<HttpAnswer> {
  const { username, password } = new URL(url);
  const credentials = [username, password].map(decodeURIComponent).join(":");
  return ask(url.replace(/\/\/[^/?#]*@/, "//"), {
    method: "POST",
    headers: username ? { ...headers, Authorization: `Basic ${btoa(credentials)}` } : headers,
    body,
  }, limitMs);
}
