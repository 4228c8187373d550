/**
 * A message as a thread shows it.
 *
 * @module
 */
import type { ComponentChildren } from "preact";
import type { Delivery } from "./delivery.ts";
import type { MessageContent } from "./message_content.ts";

/** A message as a thread shows it. */
export interface Bubble {
  key: string;
  /** Whose screen it is decides the side: what was sent from here is "own". */
  side: "own" | "other";
  /** Who wrote it, where that is not plain from the side. */
  author?: string;
  /** Whether the bot wrote it. */
  isBot?: boolean;
  content: MessageContent;
  /** The addresses of its pictures and other files. */
  media: string[];
  at: Date;
  /** How far it has come. */
  delivery?: Delivery;
  /** What else there is to say about it. */
  note?: string;
  /** What can be done with it, beside its time. */
  beside?: ComponentChildren;
  /** What hangs on it, such as its buttons. */
  below?: ComponentChildren;
}
