/**
 * Message rows as the bubbles that an agent sees.
 *
 * @module
 */
import type { Bubble } from "../thread/bubble.ts";
import { deliveryOf } from "../thread/delivery.ts";
import { contentOf } from "../thread/message_content.ts";
import { parseTime } from "../thread/time.ts";
import type { Message } from "./conversations.ts";
import { columnsOf } from "./message_columns.ts";
import type { PendingReply } from "./replies.ts";

/** Makes the bubble of a stored message. */
export function messageBubble(message: Message, agentNames: Record<string, string>): Bubble {
  const { id, sender_type, agent_id, body, status, error_code, error_message } = message;
  const columns = columnsOf(message);
  const isOwn = sender_type !== "recruit";
  const agent = agentNames[agent_id ?? ""] ?? "An agent";
  return {
    key: id,
    side: isOwn ? "own" : "other",
    author: isOwn ? sender_type === "bot" ? "Bot" : agent : undefined,
    isBot: sender_type === "bot",
    content: isOwn ? { kind: "words", text: body } : contentOf(columns),
    media: columns.media.map(({ url }) => url),
    at: parseTime(message.created_at),
    delivery: !isOwn
      ? undefined
      : message.read_at
      ? { state: "delivered", label: "Read" }
      : deliveryOf(status, error_code, error_message),
  };
}

/** Makes the bubble of a reply that sms-send has not answered yet. */
export function pendingBubble(
  { idempotencyKey, text, at }: PendingReply,
  author: string | undefined,
): Bubble {
  return {
    key: idempotencyKey,
    side: "own",
    author,
    content: { kind: "words", text },
    media: [],
    at,
    delivery: { state: "sending", label: "Sending …" },
  };
}
