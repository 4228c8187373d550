/**
 * Texts that make the stand-in for the model misbehave: a recruit's message that contains
 * `model: <word>`.
 *
 * @module
 */
import { converse, escalation } from "./conversation.ts";

/** What comes of a text. */
export type Outcome =
  /** The content of the answer. */
  | { kind: "content"; content: string }
  /** HTTP 500. */
  | { kind: "failure" }
  /** No answer. */
  | { kind: "silence" };

const MAGIC: Record<string, Outcome> = {
  /** HTTP 500. */
  fail: { kind: "failure" },
  /** No answer until the caller goes away, for 60 s at most. */
  hang: { kind: "silence" },
  /** Something that is no JSON. */
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
  /** The conversation is handed on. */
  escalate: content(escalation("magic text")),
};

/**
 * Works out the answer to a conversation.
 *
 * @param text What the recruit has texted since the last reply.
 * @param replies How many replies there have been.
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
