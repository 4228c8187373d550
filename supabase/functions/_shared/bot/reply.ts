/**
 * Makes a text message of what the model wrote.
 *
 * @module
 */
import { outsideGsm7, withGsm7Marks } from "./gsm7.ts";
import { withoutMarkdown } from "./markdown.ts";
import { fitsLimit, MAX_LENGTH, type ReplyLimit, replyLimit } from "./reply_limit.ts";
import { cutAtSentenceEnd } from "./sentence_end.ts";

/** So much of the sender's name is in the introduction, in UTF-16 units: the reply needs the rest. */
const MAX_NAME_LENGTH = 60;

/** So many of the characters that make a text too long are named to the model. */
const MAX_NAMED_CHARACTERS = 10;

/** How the reply is to be introduced. */
export interface Introduction {
  /** Whether the bot has never replied in the conversation. */
  isFirstReply: boolean;
  senderName: string | null;
}

/** What came of a text. A problem is in words for the model, and may hold characters of the text. */
export type ComposedReply =
  | { kind: "message"; body: string }
  | { kind: "empty"; problem: string }
  /** `cut` is the message up to a sentence end that fits; nothing if there is none. */
  | { kind: "too_long"; problem: string; cut: string | undefined };

/**
 * Makes the message: without Markdown and typographic marks, and within the limit. To the first one is
 * added, by the code and not by the model, who writes, that it is automated, and how to stop it.
 */
export function composeReply(text: string, introduction: Introduction): ComposedReply {
  const said = withGsm7Marks(withoutMarkdown(withoutControlCharacters(text))).trim();
  if (!said) return { kind: "empty", problem: "the text was empty" };
  const introduce = (words: string) => introduced(words, introduction);
  const body = introduce(said);
  if (fitsLimit(body)) return { kind: "message", body };

  const limit = limitOf(introduction);
  const outside = outsideGsm7(said, MAX_NAMED_CHARACTERS);
  const max = outside.length > 0 ? limit.other : limit.gsm7 ?? limit.other;
  const cut = cutAtSentenceEnd(
    said,
    Math.ceil(max / 2),
    MAX_LENGTH,
    (words) => fitsLimit(introduce(words)),
  );
  return {
    kind: "too_long",
    problem: tooLong(said.length, limit, outside),
    cut: cut === undefined ? undefined : introduce(cut),
  };
}

/** The most that the model may write, less the introduction. */
export function limitOf(introduction: Introduction): ReplyLimit {
  return replyLimit(introduced("", introduction));
}

/** Line feeds stay, and a tab becomes a space; everything else that a phone cannot show goes. */
export function withoutControlCharacters(text: string): string {
  return text.toWellFormed().replaceAll("\r\n", "\n").replaceAll("\t", " ")
    .replace(/(?!\n)\p{Cc}/gu, "");
}

function introduced(words: string, { isFirstReply, senderName }: Introduction): string {
  if (!isFirstReply) return words;
  const name = withGsm7Marks(withoutControlCharacters(senderName ?? "")).trim()
    .slice(0, MAX_NAME_LENGTH).replace(/[\ud800-\udbff]$/, "").trim();
  const writer = name ? `the automated assistant of ${name}` : "an automated assistant";
  return `This is ${writer}. ${words}\nReply STOP to opt out`;
}

function tooLong(length: number, { gsm7, other }: ReplyLimit, outside: string[]): string {
  const long = `the text was too long: it has ${length} characters`;
  if (gsm7 === null) return `${long}, and at most ${other} are possible`;
  if (outside.length === 0) return `${long}, and at most ${gsm7} are possible`;
  return `${long}, and at most ${other} are possible with characters outside GSM-7 (${
    outside.join(" ")
  }), or ${gsm7} without any`;
}
