/**
 * What a message is, for people: words, a place, a pressed button or a reaction.
 *
 * @module
 */
import { isBlank, messageWords, type WordlessMessage } from "../../../../client/message_words.ts";
import { type Place, placeOf } from "./place.ts";
import { parseReaction, type Reaction } from "./reaction.ts";

/** What a bubble holds, beside its pictures. */
export type MessageContent =
  | { kind: "words"; text: string }
  /** Nothing that can be read, said in words. */
  | { kind: "wordless"; text: string }
  /** Its pictures are all there is. */
  | { kind: "media" }
  | { kind: "place"; place: Place; text?: string }
  | { kind: "button"; text: string }
  | { kind: "reaction"; reaction: Reaction };

/** Tells what a recruit's message is. */
export function contentOf(message: WordlessMessage): MessageContent {
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
