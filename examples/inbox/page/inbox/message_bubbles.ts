/**
 * Message rows as the bubbles that an agent sees.
 *
 * @module
 */
import type { Bubble } from "../thread/bubble.ts";
import { deliveryOf } from "../thread/delivery.ts";
import { contentOf, type MessageContent } from "../thread/message_content.ts";
import { parseTime } from "../thread/time.ts";
import type { Message } from "./conversations.ts";
import { inboundAttachment, outboundAttachment } from "./message_attachments.ts";
import { columnsOf } from "./message_columns.ts";
import type { PendingReply } from "./replies.ts";
import type { SignedUrls } from "./signed_urls.ts";

/** Makes the bubble of a stored message. */
export function messageBubble(
  message: Message,
  agentNames: Record<string, string>,
  signedUrls: SignedUrls,
): Bubble {
  const { id, sender_type, agent_id, status, error_code, error_message } = message;
  const columns = columnsOf(message);
  const isOwn = sender_type !== "recruit";
  const agent = agentNames[agent_id ?? ""] ?? "An agent";
  return {
    key: id,
    side: isOwn ? "own" : "other",
    author: isOwn ? sender_type === "bot" ? "Bot" : agent : undefined,
    isBot: sender_type === "bot",
    content: isOwn ? ownContent(message) : contentOf(columns),
    attachments: columns.media.map((media) =>
      isOwn ? outboundAttachment(media, signedUrls) : inboundAttachment(media, signedUrls)
    ),
    at: parseTime(message.created_at),
    delivery: !isOwn
      ? undefined
      : message.read_at
      ? { state: "delivered", label: "Read" }
      : deliveryOf(status, error_code, error_message),
  };
}

function ownContent({ body, content_sid }: Message): MessageContent {
  if (content_sid) return { kind: "template", text: body };
  return body === "" ? { kind: "media" } : { kind: "words", text: body };
}

/** Makes the bubble of a reply that sms-send has not answered yet. */
export function pendingBubble(
  { idempotencyKey, text, isTemplate, files, at }: PendingReply,
  author: string | undefined,
): Bubble {
  return {
    key: idempotencyKey,
    side: "own",
    author,
    content: isTemplate
      ? { kind: "template", text }
      : text === ""
      ? { kind: "media" }
      : { kind: "words", text },
    attachments: files.map(({ preview }) => ({ kind: "picture", name: "Picture", src: preview })),
    at,
    delivery: { state: "sending", label: "Sending …" },
  };
}
