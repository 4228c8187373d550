/**
 * Sending a failed message again, at most once however often the button is pressed.
 *
 * @module
 */
import { z } from "zod/v3";

/** The columns of a message that tell whether and what to send again. */
export interface OutboundMessage {
  id: string;
  conversation_id: string;
  direction: "inbound" | "outbound";
  status: string;
  body: string;
  media: unknown;
  content_sid: string | null;
  content_variables: unknown;
}

/** The body of a call of sms-send. */
export type SendAgainRequest =
  & { conversation_id: string; idempotency_key: string }
  & (
    | { body: string; media_urls: string[] }
    | { content_sid: string; content_variables?: unknown }
  );

const Media = z.array(z.object({ url: z.string() }));

/**
 * Finds the message that a front end may offer to send again: the newest outbound one, if it has
 * failed. A failure before it has been followed by another message.
 *
 * @param messages The conversation's newest messages, the newest first.
 */
export function newestFailure<Message extends Pick<OutboundMessage, "direction" | "status">>(
  messages: Message[],
): Message | undefined {
  const newest = messages.find(({ direction }) => direction === "outbound");
  return newest?.status === "failed" ? newest : undefined;
}

/**
 * Makes the call of sms-send that sends a message again.
 *
 * Repeating the call is safe, also from another browser: the key is made from the failed message's
 * id, so that all calls are one message. If that one fails too, it has an id, and so a key, of its
 * own.
 *
 * @param message The failed message.
 * @throws {z.ZodError} If `media` is not an array of objects with a URL.
 */
export function sendAgainRequest(message: OutboundMessage): SendAgainRequest {
  const { id, conversation_id, body, media, content_sid, content_variables } = message;
  const call = { conversation_id, idempotency_key: `again:${id}` };
  if (content_sid) {
    return { ...call, content_sid, ...content_variables ? { content_variables } : {} };
  }
  return { ...call, body, media_urls: Media.parse(media).map(({ url }) => url) };
}
