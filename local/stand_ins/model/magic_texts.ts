/**
 * Magic texts: a recruit's message with `model: <word>` makes the stand-in for the model fail.
 *
 * @module
 */
import { converse, escalation } from "./conversation.ts";

/** The stand-in's response to a text. */
export type Outcome =
  /** A completion with this content. */
  | { kind: "content"; content: string }
  /** HTTP 500. */
  | { kind: "failure" }
  /** No answer. */
  | { kind: "silence" };

const MAGIC: Record<string, Outcome> = {
  /** HTTP 500. */
  fail: { kind: "failure" },
  /** No answer until the caller disconnects, for 60 s at most. */
  hang: { kind: "silence" },
  /** A content that is not JSON. */
  nonsense: { kind: "content", content: "Sure! Here is what I would say {" },
  /** A reply without a text. */
  empty: reply(""),
  /** A reply of 1000 characters. */
  long: reply("Long. ".repeat(167).slice(0, 1000)),
  /** A reply of 1000 characters without the end of a sentence. */
  endless: reply("on and ".repeat(143).slice(0, 1000)),
  /** A reply in Markdown. */
  markdown: reply(
    "## The job\n\n* **Pay:** 21 dollars\n* *Shifts*: days or `nights`\n\n" +
      "[Apply here](https://example.com/apply_now)",
  ),
  /** A reply with typographic marks, which are not in GSM-7. */
  typographic: reply("It’s “7 – 3” or nights… Which one suits you — days?"),
  /** The action that escalates the conversation. */
  escalate: content(escalation("magic text")),
};

/**
 * Determines the response to a conversation.
 *
 * @param text The recruit's texts since the last reply, one a line.
 * @param replies The number of replies so far.
 */
export function outcomeOf(text: string, replies: number): Outcome {
  const [, word = ""] = /\bmodel: (\w+)/.exec(text) ?? [];
  return Object.hasOwn(MAGIC, word) ? MAGIC[word] : content(converse(text, replies));
}

function reply(text: string): Outcome {
  return content({ action: "reply", text, reason: "magic text" });
}

function content(action: unknown): Outcome {
  return { kind: "content", content: JSON.stringify(action) };
}
