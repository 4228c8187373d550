/**
 * What a recruit sees of their messages.
 *
 * @module
 */
import type { PhoneMessage } from "../../../twilio/phone.ts";
import type { LogLine } from "../../log_line.ts";
import type { Bubble } from "../thread/bubble.ts";
import { deliveryOf } from "../thread/delivery.ts";

/** Shows a message as the phone does; the log tells what became of a text. */
export function phoneBubble(message: PhoneMessage, log: LogLine[]): Bubble {
  const isOwn = message.direction === "inbound";
  const isUnmatched = isOwn &&
    log.some(({ event, message_sid }) =>
      event === "no_conversation" && message_sid === message.sid
    );
  return {
    key: message.sid,
    side: isOwn ? "own" : "other",
    body: message.body,
    media: message.media.map(({ url }) => url),
    at: new Date(message.date_created),
    delivery: isOwn
      ? { state: "delivered", label: "Received" }
      : deliveryOf(message.status, message.error_code),
    note: isUnmatched
      ? "There was no conversation with this number: kept in recruiting_unmatched_messages, until your server begins one (recruiting_start_conversation)."
      : undefined,
  };
}
