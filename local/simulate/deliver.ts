/**
 * Posts a form to a webhook the way Twilio does.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * @module
 */
import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import type { Target } from "./options.ts";

/** What Twilio would have got back. */
export interface Delivery {
  message_sid: string;
  /** The state that a status callback told; absent for a text. */
  message_status?: string;
  status: number;
  content_type: string;
  body: string;
  /** How long the answer took, in ms. */
  duration_ms: number;
}

/** One post. */
export interface Post {
  form: Record<string, string>;
  /** Twilio sends the same one when it repeats a post. */
  idempotencyToken: string;
}

/**
 * Delivers posts, one after another or all at once.
 *
 * @throws {Error} If nothing listens at the URL.
 */
export async function deliver(
  target: Target,
  posts: Post[],
  concurrent: boolean,
): Promise<Delivery[]> {
  if (concurrent) {
    return await Promise.all(posts.map((post) => deliverOne(target, post)));
  }
  const deliveries: Delivery[] = [];
  for (const post of posts) deliveries.push(await deliverOne(target, post));
  return deliveries;
}

async function deliverOne(
  { url, token }: Target,
  { form, idempotencyToken }: Post,
): Promise<Delivery> {
  const startedAt = performance.now();
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "Accept": "*/*",
      "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
      "I-Twilio-Idempotency-Token": idempotencyToken,
      "User-Agent": "TwilioProxy/1.1",
      "X-Twilio-Signature": getExpectedTwilioSignature(token, url, form),
    },
    body: new URLSearchParams(form),
    redirect: "manual",
  }).catch((cause) => {
    throw new Error(
      `Nothing answers at ${url}. Is \`deno task start\` running?`,
      { cause },
    );
  });
  return {
    message_sid: form.MessageSid,
    ...(form.MessageStatus ? { message_status: form.MessageStatus } : {}),
    status: response.status,
    content_type: response.headers.get("content-type") ?? "",
    body: await response.text(),
    duration_ms: Math.round((performance.now() - startedAt) * 10) / 10,
  };
}

/** Makes a SID like Twilio's: a prefix and 32 hex digits. */
export function newSid(prefix: "SM" | "MM"): string {
  return prefix + crypto.randomUUID().replaceAll("-", "");
}
