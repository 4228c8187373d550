/**
 * What an agent sees of a conversation's messages.
 *
 * @module
 */
import type { Bubble } from "../thread/bubble.ts";
import { deliveryOf } from "../thread/delivery.ts";
import { contentOf } from "../thread/message_content.ts";
import { parseTime } from "../thread/time.ts";
import type { Message } from "./conversations.ts";
import { partsOf } from "./message_parts.ts";
import type { PendingReply } from "./replies.ts";

/** Shows a message as agents see it. */
export function messageBubble(message: Message, agentNames: Record<string, string>): Bubble {
  const { id, sender_type, agent_id, body, status, error_code, error_message } = message;
  const parts = partsOf(message);
  const isOwn = sender_type !== "recruit";
  const agent = agentNames[agent_id ?? ""] ?? "An agent";
  return {
    key: id,
    side: isOwn ? "own" : "other",
    author: isOwn ? sender_type === "bot" ? "Bot" : agent : undefined,
    isBot: sender_type === "bot",
    content: isOwn ? { kind: "words", text: body } : contentOf(parts),
    media: parts.media.map(({ url }) => url),
    at: parseTime(message.created_at),
    delivery: !isOwn
      ? undefined
      : message.read_at
      ? { state: "delivered", label: "Read" }
      : deliveryOf(status, error_code, error_message),
  };
}

/** Shows a reply that is on its way. */
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
