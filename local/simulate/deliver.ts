/**
 * Delivers what Twilio would deliver, one after another or all at once.
 *
 * @module
 */
import { postToWebhook, type WebhookAnswer } from "../twilio/webhook.ts";
import type { Target } from "./options.ts";

/** What Twilio would have got back. */
export interface Delivery extends WebhookAnswer {
  message_sid: string;
  /** The state that a status callback told; absent for a text. */
  message_status?: string;
}

/**
 * Delivers.
 *
 * @param deliveries What to do, in this order.
 * @throws {Error} If nothing listens at the URL.
 */
export async function deliver(
  deliveries: (() => Promise<Delivery>)[],
  concurrent: boolean,
): Promise<Delivery[]> {
  if (concurrent) return await Promise.all(deliveries.map((delivery) => delivery()));
  const done: Delivery[] = [];
  for (const delivery of deliveries) done.push(await delivery());
  return done;
}

/**
 * Posts a form to a webhook.
 *
 * @param idempotencyToken Twilio sends the same one when it repeats a post.
 * @throws {Error} If nothing listens at the URL.
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
