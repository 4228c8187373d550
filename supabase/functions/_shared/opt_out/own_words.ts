/**
 * What a recruit's own words are, beyond bare keywords. What was learned from sentences tells whether they read
 * like an opt-out at all; patterns say what is plainly one, and what only sounds like one.
 *
 * @module
 */
import { hasStopSentence } from "./keywords.ts";
import { optOutLogOdds } from "./likelihood.ts";
import { judgeWording } from "./wording.ts";

/** From these log-odds of the whole text on a person decides: what else reads like an opt-out. */
const DOUBTFUL = 0.75;

/** The same of one of its sentences: kind words before "no more of these" hide nothing. */
const DOUBTFUL_SENTENCE = 1.5;

/** The same of the whole text where patterns say that the words mean something else ("don't stop"). */
const DOUBTFUL_ALTHOUGH_HARMLESS = 3;

/** If no sentence has more, a pattern alone is no opt-out: a person decides. */
const UNLIKELY = 0;

/** If no sentence has more, the text is an ordinary one. Patterns, which cost more, do not look at it. */
const ORDINARY = -3;

/**
 * | the likeliest sentence | patterns   | and                                              | verdict |
 * | ---------------------- | ---------- | ------------------------------------------------ | ------- |
 * | a stop keyword         | `stop`     |                                                  | `stop`  |
 * | a stop keyword         | any        |                                                  | `doubt` |
 * | ORDINARY or less       |            |                                                  | null    |
 * | more                   | `stop`     | it is more than UNLIKELY                         | `stop`  |
 * | more                   | `stop`     | else                                             | `doubt` |
 * | more                   | `doubt`    |                                                  | `doubt` |
 * | more                   | `harmless` | the text is more than DOUBTFUL_ALTHOUGH_HARMLESS | `doubt` |
 * | more                   | null       | the text is more than DOUBTFUL, or the sentence  |         |
 * |                        |            | more than DOUBTFUL_SENTENCE                      | `doubt` |
 * | any                    | any        | else                                             | null    |
 *
 * @param own The recruit's own words, without quoted ones.
 */
export function judgeOwnWords(own: string): "stop" | "doubt" | null {
  if (hasStopSentence(own)) return judgeWording(own) === "stop" ? "stop" : "doubt";
  const { whole, strongest } = optOutLogOdds(own);
  if (strongest <= ORDINARY) return null;
  switch (judgeWording(own)) {
    case "stop":
      return strongest > UNLIKELY ? "stop" : "doubt";
    case "doubt":
      return "doubt";
    case "harmless":
      return whole > DOUBTFUL_ALTHOUGH_HARMLESS ? "doubt" : null;
    case null:
      return whole > DOUBTFUL || strongest > DOUBTFUL_SENTENCE ? "doubt" : null;
  }
}
