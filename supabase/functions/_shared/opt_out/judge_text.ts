/**
 * Judges what a recruit's text means for consent and for the bot, from its words alone. The database decides
 * what follows, because only it knows which phones are opted out.
 *
 * @module
 */
import type { Channel } from "../twilio/channel_address.ts";
import { isClear, stopKeyword, twilioKeyword } from "./keywords.ts";
import { judgeOwnWords } from "./own_words.ts";
import { splitQuoted } from "./quoted_words.ts";
import { judgeWording } from "./wording.ts";

/**
 * | verdict | when |
 * | --- | --- |
 * | `stop` | an opt-out: a keyword, Twilio's OptOutType, or wording |
 * | `start` | an opt-in; an ordinary text unless the phone is opted out |
 * | `yes` | YES alone: an opt-in only where a keyword or Twilio stopped the number |
 * | `help` | HELP or INFO, which Twilio answers |
 * | `doubt` | perhaps an opt-out: a person decides |
 * | `none` | nothing but a reaction or quoted lines |
 * | `reply` | everything else |
 */
export const VERDICTS = ["stop", "start", "yes", "help", "doubt", "none", "reply"] as const;

/** What the words mean. */
export type Verdict = typeof VERDICTS[number];

/** The fields of an inbound text that decide what it means. */
export interface TextToJudge {
  body: string;
  channel: Channel;
  /** Our address that was texted, without the channel's prefix. */
  twilioPhone: string;
  /** Twilio's own verdict, with Advanced Opt-Out: STOP, START or HELP. Twilio has then replied to the text. */
  optOutType?: string;
  buttonText?: string;
  buttonPayload?: string;
}

/** A verdict, and its source if it is `stop` or `start`. */
export interface Judgement {
  verdict: Verdict;
  /** `keyword`: a word that Twilio itself acts on. Null for every other verdict. */
  source: "keyword" | "wording" | null;
}

const REPLY: Judgement = { verdict: "reply", source: null };

/**
 * Judges a text. It never throws.
 *
 * @see https://help.twilio.com/articles/223134027
 */
export function judgeText(text: TextToJudge): Judgement {
  switch (text.optOutType?.trim().toUpperCase()) {
    case "STOP":
      return { verdict: "stop", source: "keyword" };
    case "START":
      return { verdict: "start", source: "keyword" };
  }
  const judgement = judgeBody(text);
  const mayBeStop = judgement.verdict === "stop" || judgement.verdict === "doubt";
  // Twilio has replied to a text with any other OptOutType.
  return text.optOutType && !mayBeStop ? { verdict: "help", source: null } : judgement;
}

function judgeBody(text: TextToJudge): Judgement {
  if (text.buttonText || text.buttonPayload) return judgeButton(text);
  const keyword = twilioKeyword(text.body);
  switch (keyword) {
    case "stop":
    case "start":
      return { verdict: keyword, source: "keyword" };
    case "yes":
      return text.channel === "sms" ? { verdict: "yes", source: null } : REPLY;
    case "help":
      // Twilio answers HELP on phone numbers only, and not on short codes and other channels.
      return text.channel === "sms" && text.twilioPhone.startsWith("+")
        ? { verdict: "help", source: null }
        : REPLY;
  }
  const { own, isReaction } = splitQuoted(text.body);
  if (own === "") {
    if (text.body.trim() === "") return REPLY;
    return !isReaction && isMarkedStop(text.body)
      ? { verdict: "stop", source: "wording" }
      : { verdict: "none", source: null };
  }
  const verdict = stopKeyword(own) ?? judgeOwnWords(own) ?? "reply";
  return { verdict, source: verdict === "stop" ? "wording" : null };
}

/**
 * Whether a text is one line with a stop keyword behind `>`. It is the recruit's own word, because no message
 * of ours is a keyword alone.
 */
function isMarkedStop(body: string): boolean {
  const line = body.trim();
  if (line.length > 100 || line.includes("\n")) return false;
  return stopKeyword(line.replace(/^(?:>|&gt;|\s)+/, "")) === "stop";
}

/**
 * Judges a pressed button. Its label is ours, and "Cancel" or "Not interested" may answer our question, so
 * only a label that can mean nothing else is an opt-out.
 */
function judgeButton({ body, buttonText }: TextToJudge): Judgement {
  const label = body.trim() === "" ? buttonText ?? "" : body;
  if (/^[\s\p{P}]*(?:stop|unsubscribe)[\s\p{P}]*$/iu.test(label)) {
    return { verdict: "stop", source: "keyword" };
  }
  const keyword = stopKeyword(label);
  const isStop = keyword ? keyword === "stop" && isClear(label) : judgeWording(label) === "stop";
  return isStop ? { verdict: "stop", source: "wording" } : REPLY;
}
