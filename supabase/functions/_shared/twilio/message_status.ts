/**
 * Maps Twilio's message statuses to the four that are stored. The database has the same mapping
 * (`private.message_status`), and a test compares the two.
 *
 * @see https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
 * @module
 */
import { z } from "zod/v3";
import { Constants } from "../database/database.constants.ts";
import { Warnings } from "../database/warnings.ts";

/** A stored status, as a row has it: `recruiting_messages.status`. */
export const StoredStatus = z.enum(Constants.public.Enums.recruiting_message_status);

/** A stored status. `received` is an inbound message's. */
export type StoredStatus = z.infer<typeof StoredStatus>;

/** The stored status of an outbound message. */
export type MessageStatus = Exclude<StoredStatus, "received">;

/** What `recruiting_record_message_status` returns: one row. */
export const RecordedStatuses = z.tuple([Warnings.extend({
  message_status: StoredStatus.nullable(),
  conversation_id: z.string().nullable(),
})]);

const MESSAGE_STATUSES = new Map<string, MessageStatus>([
  ["queued", "queued"],
  ["sent", "sent"],
  ["delivered", "delivered"],
  ["undelivered", "failed"],
  ["failed", "failed"],
]);

/**
 * Maps a status.
 *
 * @param twilioStatus The status in Twilio's words.
 * @returns The stored status; undefined for a status that is not mapped.
 */
export function messageStatusOf(twilioStatus: string): MessageStatus | undefined {
  return MESSAGE_STATUSES.get(twilioStatus);
}

/** Every status that Twilio documents. */
const DOCUMENTED_STATUSES = new Set(
  ("accepted scheduled queued sending sent delivered undelivered failed canceled read partially_delivered " +
    "receiving received").split(" "),
);

/** Whether Twilio documents a status. It may add one; a test may misspell one. */
export function isDocumentedStatus(twilioStatus: string): boolean {
  return DOCUMENTED_STATUSES.has(twilioStatus);
}
