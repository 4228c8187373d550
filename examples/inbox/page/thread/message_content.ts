/**
 * The kinds of content that a message can have.
 *
 * @module
 */
import { isBlank, type MessageColumns, messageWords } from "../../../../client/message_words.ts";
import { type Place, placeOf } from "./place.ts";
import { parseReaction, type Reaction } from "./reaction.ts";

/** A message's content, besides its pictures. */
export type MessageContent =
  | { kind: "words"; text: string }
  /** A message without readable text, described in words. */
  | { kind: "wordless"; text: string }
  /** A template that was sent, with its variables filled in. */
  | { kind: "template"; text: string }
  /** A message of pictures alone. */
  | { kind: "media" }
  | { kind: "place"; place: Place; text?: string }
  | { kind: "button"; text: string }
  | { kind: "reaction"; reaction: Reaction };

/** Determines the content of a recruit's message. */
export function contentOf(message: MessageColumns): MessageContent {
  const { body, media, metadata } = message;
  const text = isBlank(body) ? undefined : body;
  const place = placeOf(metadata);
  if (place) return { kind: "place", place, text };
  const [button] = [metadata?.ButtonText ?? metadata?.ButtonPayload].flat();
  if (typeof button === "string" && !isBlank(button)) {
    return { kind: "button", text: text ?? button };
  }
  if (text === undefined) {
    return media.length > 0 ? { kind: "media" } : { kind: "wordless", text: messageWords(message) };
  }
  const reaction = parseReaction(text);
  return reaction ? { kind: "reaction", reaction } : { kind: "words", text };
}
