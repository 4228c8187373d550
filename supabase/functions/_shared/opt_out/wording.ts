/**
 * Judges by patterns whether a text asks not to be texted. The law lets people opt out in any reasonable words
 * ("please don't text me again").
 *
 * @see https://www.ecfr.gov/current/title-47/section-64.1200 (a)(10)
 * @module
 */
import type { Language } from "./language.ts";
import { ENGLISH } from "./languages/english.ts";
import { FRENCH } from "./languages/french.ts";
import { PORTUGUESE } from "./languages/portuguese.ts";
import { SPANISH } from "./languages/spanish.ts";
import { PatternIndex } from "./pattern_index.ts";
import { plainText } from "./plain_text.ts";
import { type Lexicon, lexicon, plainWords } from "./plain_words.ts";

const STRONGEST_FIRST = ["stop", "doubt", "harmless"] as const;

/** What patterns find in a text. */
export type Wording = typeof STRONGEST_FIRST[number];

/** Every language is tried on every text. */
export const LANGUAGES: Language[] = [ENGLISH, SPANISH, FRENCH, PORTUGUESE];

/** A language, ready to judge. */
interface Judge {
  lexicon: Lexicon;
  foreign: Set<string>;
  stopWords: Set<string>;
  doubtWords: Set<string>;
  besides: Set<string>;
  elsewhere: PatternIndex;
  unsure: PatternIndex;
  harmless: PatternIndex;
  stop: PatternIndex;
  bareStop: PatternIndex;
  doubt: PatternIndex;
}

/** Replaces what is removed as unsure. No plain word is written so. */
const UNSURE = "~";

/** Laughter and questions, one pattern for all languages, because people laugh in each other's. */
const JOKE_OR_QUESTION =
  / (?:[?]|lol|lmao|rofl|jk|kidding|mdr|ptdr|rsrs|k{2,}|(?:ha|ja|hua)+h?|(?:je){2,}) /;

const words = (list: string) => new Set(list.split(/\s+/).filter(Boolean));

const index = (patterns: string[], instead = "") =>
  new PatternIndex(patterns.map((pattern) => [pattern, instead]));

function judge(language: Language): Judge {
  const { elsewhere, unsure, harmless, stop, bareStop, doubt } = language;
  return {
    lexicon: lexicon(language),
    foreign: words(language.foreign ?? ""),
    stopWords: words(language.stopWords),
    doubtWords: words(language.doubtWords),
    besides: words(language.besides),
    elsewhere: index(elsewhere, "-"),
    unsure: index(unsure, UNSURE),
    harmless: index(harmless, "-"),
    stop: index(stop),
    bareStop: index(bareStop),
    doubt: index(doubt),
  };
}

/** Built with the first text, because building takes time that a cold start does not have. */
let judges: Judge[] | undefined;

/**
 * Judges a text in every language. The strongest verdict counts.
 *
 * @param own The recruit's own words, without quoted ones.
 * @returns `stop` if every reader would call it an opt-out; `doubt` if a person must decide; `harmless` if the
 *   words of an opt-out mean something else; null without such words.
 */
export function judgeWording(own: string): Wording | null {
  judges ??= LANGUAGES.map(judge);
  const text = plainText(own);
  const said = text.split.split(" ");
  const verdicts = judges.filter(({ foreign }) => !said.some((word) => foreign.has(word)))
    .map((judge) => judgeWords(plainWords(text, judge.lexicon), judge));
  return STRONGEST_FIRST.find((verdict) => verdicts.includes(verdict)) ?? null;
}

function judgeWords(plain: string, judge: Judge): Wording | null {
  const only = judgeOnlyWords(plain, judge);
  if (only === "stop") return "stop";
  const words = new Set(plain.split(" "));
  const asked = (said: string) =>
    judge.stop.test(said, words) ||
    judge.bareStop.test(said, words) && !JOKE_OR_QUESTION.test(said);
  const doubtful = (said: string) => judge.doubt.test(said, words);
  // Most texts hold nothing to remove.
  if (!only && !asked(plain) && !doubtful(plain) && !judge.unsure.test(plain, words)) {
    return judge.harmless.test(plain, words) ? "harmless" : null;
  }
  const others = judge.elsewhere.replace(plain, words);
  const certain = judge.unsure.replace(others, words);
  const said = judge.harmless.replace(certain, words);
  if (asked(said)) return "stop";
  return only ?? (said.includes(` ${UNSURE} `) || doubtful(said) ? "doubt" : "harmless");
}

/** Judges a text of nothing but a keyword and what people put beside it. */
function judgeOnlyWords(plain: string, judge: Judge): "stop" | "doubt" | null {
  let verdict: "stop" | "doubt" | null = null;
  for (const word of plain.split(" ")) {
    if (judge.stopWords.has(word)) verdict = "stop";
    else if (judge.doubtWords.has(word)) verdict ??= "doubt";
    else if (word !== "" && word !== "." && word !== "," && !judge.besides.has(word)) return null;
  }
  return verdict;
}
