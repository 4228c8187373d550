/**
 * Posts simulated webhooks, in sequence or concurrently.
 *
 * @module
 */
import type { AnswerWithFallback } from "../stand_ins/twilio/fallback.ts";
import { postToWebhook } from "../stand_ins/twilio/webhook.ts";
import type { Target } from "./options.ts";

/** A webhook's answer to one post, and what was posted. */
export interface Delivery extends AnswerWithFallback {
  /** The message of a text or a status. */
  message_sid?: string;
  /** The status that a callback reported; absent for a text. */
  message_status?: string;
  /** The number of events; absent for a form. */
  events?: number;
  /** The call of a voice webhook. */
  call_sid?: string;
  /** The call's status. */
  call_status?: string;
  /** The entry of the debugger. */
  sid?: string;
}

/**
 * Runs deliveries.
 *
 * @param deliveries The deliveries, in their order.
 * @param concurrent Whether all start at once.
 * @throws {Error} If the webhook does not answer.
 */
export async function deliver(
  deliveries: (() => Promise<Delivery>)[],
  concurrent = false,
): Promise<Delivery[]> {
  if (concurrent) return await Promise.all(deliveries.map((delivery) => delivery()));
  const done: Delivery[] = [];
  for (const delivery of deliveries) done.push(await delivery());
  return done;
}

/**
 * Posts a form to a webhook.
 *
 * @param idempotencyToken The token that Twilio keeps when it repeats a post.
 * @throws {Error} If the webhook does not answer.
 */
export async function post(
  target: Target,
  form: Record<string, string>,
  idempotencyToken: string,
): Promise<Delivery> {
  const answer = await postToWebhook({ ...target, form, idempotencyToken });
  return {
    message_sid: form.MessageSid,
    ...(form.MessageStatus ? { message_status: form.MessageStatus } : {}),
    ...answer,
  };
}
