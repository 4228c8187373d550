/**
 * Messages as the bubbles that the recruit sees.
 *
 * @module
 */
import type { PhoneMessage } from "../../../../local/stand_ins/twilio/phone.ts";
import type { LogLine } from "../../log_line.ts";
import type { Bubble } from "../thread/bubble.ts";
import { nameOfAttachment } from "../thread/attachment.ts";
import { deliveryOf } from "../thread/delivery.ts";
import { contentOf } from "../thread/message_content.ts";

/** Whether the recruit sent the message. */
export function isOwn({ direction }: PhoneMessage): boolean {
  return direction === "inbound";
}

/**
 * Makes a message's bubble.
 *
 * @param log The functions' log: its line about the text says whether there was a conversation.
 */
export function phoneBubble(message: PhoneMessage, log: LogLine[]): Bubble {
  const isUnmatched = isOwn(message) &&
    log.some(({ event, message_sid }) =>
      event === "no_conversation" && message_sid === message.sid
    );
  return {
    key: message.sid,
    side: isOwn(message) ? "own" : "other",
    content: isOwn(message) ? contentOf(message) : { kind: "words", text: message.body },
    attachments: message.media.map(({ url, content_type }) => ({
      kind: "link",
      name: nameOfAttachment(content_type ?? "image/*"),
      url,
    })),
    at: new Date(message.date_created),
    delivery: isOwn(message)
      ? { state: "delivered", label: "Received" }
      : deliveryOf(message.status, message.error_code),
    note: isUnmatched
      ? "There was no conversation with this number: kept in recruiting_unmatched_messages, until your server begins one (recruiting_start_conversation)."
      : undefined,
  };
}
