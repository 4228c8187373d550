/**
 * From Twilio's message statuses to the four that are stored. The database has the same mapping
 * (`private.message_status`); a test compares the two.
 *
 * @see https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
 * @module
 */
import { z } from "zod/v3";
import { Warnings } from "../database/warnings.ts";

/** What `recruiting_record_message_status` returns: one row. */
export const RecordedStatuses = z.tuple([Warnings.extend({
  message_status: z.string().nullable(),
  conversation_id: z.string().nullable(),
})]);

/** What recruiting_messages.status holds for an outbound message. */
export type MessageStatus = "queued" | "sent" | "delivered" | "failed";

const MESSAGE_STATUSES = new Map<string, MessageStatus>([
  ["queued", "queued"],
  ["sent", "sent"],
  ["delivered", "delivered"],
  ["undelivered", "failed"],
  ["failed", "failed"],
]);

/**
 * Maps a status of Twilio's.
 *
 * @returns The stored status, or nothing for every other one.
 */
export function messageStatusOf(
  twilioStatus: string,
): MessageStatus | undefined {
  return MESSAGE_STATUSES.get(twilioStatus);
}
