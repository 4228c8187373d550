/**
 * Makes a text message of the model's text.
 *
 * @module
 */
import { outsideGsm7, withGsm7Marks } from "./gsm7.ts";
import { withoutMarkdown } from "./markdown.ts";
import { fitsLimit, MAX_LENGTH, type ReplyLimit, replyLimit } from "./reply_limit.ts";
import { cutAtSentenceEnd } from "./sentence_end.ts";

/** The most of the team's name that stands in the introduction, in UTF-16 units: the reply needs the rest. */
const MAX_NAME_LENGTH = 60;

/** The most characters outside GSM-7 that are named to the model. */
const MAX_NAMED_CHARACTERS = 10;

/** What the introduction of a reply depends on. */
export interface Introduction {
  /** Whether this is the bot's first reply in the conversation. Only that one is introduced. */
  isFirstReply: boolean;
  /** `recruiting_senders.display_name` of the number. */
  senderName: string | null;
}

/** Result of composing a reply. `problem` is written for the model, and may hold characters of the text. */
export type ComposedReply =
  | { kind: "message"; body: string }
  | { kind: "empty"; problem: string }
  /** `cut` is the message up to a sentence end; undefined if none leaves enough and fits. */
  | { kind: "too_long"; problem: string; cut: string | undefined };

/**
 * Makes the message: without Markdown and typographic marks, and within the limit. The code adds to the
 * first reply who writes, that it is automated, and how to opt out; the model might leave it out.
 */
export function composeReply(text: string, introduction: Introduction): ComposedReply {
  const said = withGsm7Marks(withoutMarkdown(withoutControlCharacters(text))).trim();
  if (!said) return { kind: "empty", problem: "the text was empty" };
  const introduce = (words: string) => withIntroduction(words, introduction);
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
    problem: tooLongProblem(said.length, limit, outside),
    cut: cut === undefined ? undefined : introduce(cut),
  };
}

/** The most that the model may write: the limit less the introduction. */
export function limitOf(introduction: Introduction): ReplyLimit {
  return replyLimit(withIntroduction("", introduction));
}

/** Removes control characters, which a phone cannot show. Line feeds stay, and a tab becomes a space. */
export function withoutControlCharacters(text: string): string {
  return text.toWellFormed().replaceAll("\r\n", "\n").replaceAll("\t", " ")
    .replace(/(?!\n)\p{Cc}/gu, "");
}

function withIntroduction(words: string, { isFirstReply, senderName }: Introduction): string {
  if (!isFirstReply) return words;
  const name = withGsm7Marks(withoutControlCharacters(senderName ?? "")).trim()
    .slice(0, MAX_NAME_LENGTH).replace(/[\ud800-\udbff]$/, "").trim();
  const writer = name ? `the automated assistant of ${name}` : "an automated assistant";
  return `This is ${writer}. ${words}\nReply STOP to opt out`;
}

function tooLongProblem(length: number, { gsm7, other }: ReplyLimit, outside: string[]): string {
  const long = `the text was too long: it has ${length} characters`;
  if (gsm7 === null) return `${long}, and at most ${other} are possible`;
  if (outside.length === 0) return `${long}, and at most ${gsm7} are possible`;
  return `${long}, and at most ${other} are possible with characters outside GSM-7 (${
    outside.join(" ")
  }), or ${gsm7} without any`;
}
