/**
 * The statuses of a message.
 *
 * @see https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
 * @module
 */

/** Every status that Twilio documents. */
export const MESSAGE_STATUSES = [
  "accepted",
  "scheduled",
  "queued",
  "sending",
  "sent",
  "delivered",
  "undelivered",
  "failed",
  "canceled",
  "receiving",
  "received",
  "partially_delivered",
  "read",
] as const;

/** A status that Twilio documents. */
export type MessageStatus = typeof MESSAGE_STATUSES[number];
