/**
 * What Twilio does: signs and posts.
 *
 * @module
 */
import { getExpectedBodyHash, getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import { API_URL } from "./stack.ts";

export const AUTH_TOKEN = "local-twilio-auth-token-0123456789";
export const ACCOUNT_SID = `AC${"0".repeat(32)}`;

export type Form = Record<string, string | string[]>;
export type FunctionName = "sms-inbound" | "sms-status" | "twilio-events";

/** How a post differs from an ordinary one. */
export interface PostOptions {
  token?: string;
  /** The query of the URL, with its question mark. */
  query?: string;
  headers?: Record<string, string>;
  /** The public base URL that the signature is made for. */
  signedBase?: string;
  /** The whole URL that the signature is made for, where it is not the function's own. */
  signedUrl?: string;
}

/** A new SID. */
export function newSid(prefix = "SM"): string {
  return prefix + crypto.randomUUID().replaceAll("-", "");
}

/** A phone that no other test uses. */
export function newPhone(): string {
  const [random] = crypto.getRandomValues(new Uint32Array(1));
  return `+1555${String(random).padStart(10, "0")}`;
}

/** A recipient that makes the stand-in for Twilio misbehave, beside all others of its kind. */
export function magicPhone(prefix: string): string {
  const [random] = crypto.getRandomValues(new Uint32Array(1));
  return prefix + String(random).padStart(15, "0").slice(prefix.length - 16);
}

/** The form of an inbound text. */
export function inboundForm(fields: Form = {}): Form {
  const sid = newSid();
  return {
    MessageSid: sid,
    SmsSid: sid,
    AccountSid: `AC${"0".repeat(32)}`,
    From: newPhone(),
    To: "+15550100000",
    Body: "Hello",
    NumMedia: "0",
    NumSegments: "1",
    ApiVersion: "2010-04-01",
    ...fields,
  };
}

/** The form of a delivery callback. */
export function statusForm(sid: string, status: string, fields: Form = {}): Form {
  return {
    MessageSid: sid,
    SmsSid: sid,
    MessageStatus: status,
    SmsStatus: status,
    AccountSid: `AC${"0".repeat(32)}`,
    From: "+15550100000",
    To: "+15550100001",
    ApiVersion: "2010-04-01",
    ...fields,
  };
}

export function encode(form: Form): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(form)) {
    for (const entry of [value].flat()) params.append(key, entry);
  }
  return params.toString();
}

/** A signed post as a request; where it goes is up to the caller. */
export function signedRequest(
  name: FunctionName,
  form: Form,
  { token = AUTH_TOKEN, query = "", headers = {}, signedBase, signedUrl }: PostOptions = {},
): Request {
  const url = signedUrl ?? `${signedBase ?? `${API_URL}/functions/v1`}/${name}${query}`;
  return new Request(`${API_URL}/functions/v1/${name}${query}`, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-www-form-urlencoded",
      "X-Twilio-Signature": getExpectedTwilioSignature(token, url, form),
      ...headers,
    },
    body: encode(form),
  });
}

/** Posts a form to the running functions. */
export function post(name: FunctionName, form: Form, options?: PostOptions): Promise<Response> {
  return fetch(signedRequest(name, form, options));
}

/** Posts a form and reads the answer's status word. */
export async function postForStatus(
  name: FunctionName,
  form: Form,
  options?: PostOptions,
): Promise<string> {
  const response = await post(name, form, options);
  const { status } = await response.json();
  return status;
}

/** Posts JSON the way Twilio does, its hash in the URL. */
export function postJson(name: FunctionName, body: string): Promise<Response> {
  const url = `${API_URL}/functions/v1/${name}?bodySHA256=${getExpectedBodyHash(body)}`;
  return fetch(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-Twilio-Signature": getExpectedTwilioSignature(AUTH_TOKEN, url, {}),
    },
    body,
  });
}
