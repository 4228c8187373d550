/**
 * Judges what a recruit's text means for consent and for the bot, from its words alone. The database decides
 * what follows, because only it knows which phones are opted out.
 *
 * @module
 */
import type { Enums } from "../database/database.types.ts";
import type { Channel } from "../twilio/channel_address.ts";
import { buttonLabel, judgeAtFirstLook, withOptOutType } from "./first_look.ts";
import { judgeOwnWords } from "./own_words.ts";
import { splitQuoted } from "./quoted_words.ts";
import { judgeWording } from "./wording.ts";

/**
 * What the words mean.
 *
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
export type Verdict = Enums<"recruiting_verdict">;

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

/**
 * Judges a text. It never throws.
 *
 * @see https://www.ecfr.gov/current/title-47/section-64.1200 (a)(10)
 */
export function judgeText(text: TextToJudge): Judgement {
  return judgeAtFirstLook(text) ?? withOptOutType(judgeByPatterns(text), text);
}

function judgeByPatterns(text: TextToJudge): Judgement {
  const label = buttonLabel(text);
  const verdict = label === undefined
    ? judgeOwnWords(splitQuoted(text.body).own)
    : judgeWording(label) === "stop"
    ? "stop"
    : null;
  return { verdict: verdict ?? "reply", source: verdict === "stop" ? "wording" : null };
}
