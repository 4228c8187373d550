/**
 * The view model of a message in a thread.
 *
 * @module
 */
import type { ComponentChildren } from "preact";
import type { Attachment } from "./attachment.ts";
import type { Delivery } from "./delivery.ts";
import type { MessageContent } from "./message_content.ts";

/** A message as a thread shows it. */
export interface Bubble {
  key: string;
  /** "own" for a message that was sent from this side of the page. */
  side: "own" | "other";
  /** The author's name, where the side does not show it. */
  author?: string;
  /** Whether the bot wrote it. */
  isBot?: boolean;
  content: MessageContent;
  /** Its pictures and other files. */
  attachments: Attachment[];
  at: Date;
  /** The delivery state. */
  delivery?: Delivery;
  /** A remark below the message. */
  note?: string;
  /** Controls beside the time. */
  beside?: ComponentChildren;
  /** Controls below the bubble, such as quick replies. */
  below?: ComponentChildren;
}
