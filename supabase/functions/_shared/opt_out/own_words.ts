/**
 * Judges a recruit's own words where the first look cannot decide. The learned likelihood says how much they read
 * like an opt-out. Patterns say what clearly is one, and what only sounds like one.
 *
 * @module
 */
import { hasStopSentence } from "./keywords.ts";
import { optOutLogOdds } from "./likelihood.ts";
import { judgeWording } from "./wording.ts";

/** Above these log-odds of the whole text a person decides, also without any pattern. */
const DOUBTFUL = 0.5;

/** The same for its likeliest sentence, because kind words may stand before "no more of these". */
const DOUBTFUL_SENTENCE = 1;

/** The same for a whole text whose words mean something else by the patterns ("don't stop"). */
const DOUBTFUL_ALTHOUGH_HARMLESS = 3;

/** If no sentence has more, a pattern alone does not make an opt-out: a person decides. */
const UNLIKELY = 0;

/** If no sentence has more, a pattern alone does not make a doubt. */
const VERY_UNLIKELY = -1;

/**
 * | the likeliest sentence | patterns   | and                                              | verdict |
 * | ---------------------- | ---------- | ------------------------------------------------ | ------- |
 * | a stop keyword         | `stop`     |                                                  | `stop`  |
 * | a stop keyword         | any        |                                                  | `doubt` |
 * | no stop keyword        | `stop`     | it is more than UNLIKELY                         | `stop`  |
 * | no stop keyword        | `stop`     | it is more than VERY_UNLIKELY                    | `doubt` |
 * | no stop keyword        | `doubt`    | it is more than VERY_UNLIKELY                    | `doubt` |
 * | no stop keyword        | `harmless` | the text is more than DOUBTFUL_ALTHOUGH_HARMLESS | `doubt` |
 * | no stop keyword        | null       | the text is more than DOUBTFUL, or the sentence  |         |
 * |                        |            | more than DOUBTFUL_SENTENCE                      | `doubt` |
 * | any                    | any        | else                                             | null    |
 *
 * @param own The recruit's own words, without quoted ones.
 */
export function judgeOwnWords(own: string): "stop" | "doubt" | null {
  if (hasStopSentence(own)) return judgeWording(own) === "stop" ? "stop" : "doubt";
  const { whole, strongest } = optOutLogOdds(own);
  switch (judgeWording(own)) {
    case "stop":
      if (strongest > UNLIKELY) return "stop";
      return strongest > VERY_UNLIKELY ? "doubt" : null;
    case "doubt":
      return strongest > VERY_UNLIKELY ? "doubt" : null;
    case "harmless":
      return whole > DOUBTFUL_ALTHOUGH_HARMLESS ? "doubt" : null;
    case null:
      return whole > DOUBTFUL || strongest > DOUBTFUL_SENTENCE ? "doubt" : null;
  }
}
