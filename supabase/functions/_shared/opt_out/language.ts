/**
 * The words and patterns by which a recruit's own words are judged in one language.
 *
 * A pattern is a regular expression over plain words (see `plainWords`): words of a-z and 0-9 and
 * the marks `.` `,` `?`, each with one space around it. A text begins and ends with a `.`, so that
 * `[.,?]` is also where a text begins or ends. A pattern matches whole words: it is written without
 * a space at its ends.
 *
 * @module
 */

/** The words and patterns of one language. */
export interface Language {
  /** Its name in English, for tests and the bench. */
  name: string;
  /** `drop` makes one word of "don't" (`dont`), `split` two of "m'écris" (`m ecris`). */
  apostrophes: "drop" | "split";
  /**
   * What is said in several words: patterns, and the words that stand for them. They are applied in
   * this order, before synonyms and idle words.
   */
  phrases: [pattern: string, words: string][];
  /** The word that the patterns use, and with spaces between them all that are read as it. */
  synonyms: Record<string, string>;
  /** Words that add no meaning, with spaces between them. They are left out. */
  idle: string;
  /** Words of at least six letters that are also recognised with one typing error. */
  typos?: string;
  /** Real words that are one letter away from one of `typos`. */
  notTypos?: string;
  /** Words of a related language: a text that holds one is left to that language. */
  foreign?: string;

  /** Removed first: other stops, and other people's (the bus stop, stop by, I had to stop). */
  elsewhere: string[];
  /** Removed second, and a doubt: questions, and wishes for another time (how do I stop this?). */
  unsure: string[];
  /** Removed last: what means the opposite or something else (don't stop, my dog won't stop). */
  harmless: string[];
  /** An opt-out, wherever it stands. */
  stop: string[];
  /** An opt-out as a sentence of its own, unless there is a question or a joke in the text. */
  bareStop: string[];
  /** A text of nothing but these words and `besides` is an opt-out. */
  stopWords: string;
  /** A text of nothing but these words and `besides` is a doubt. */
  doubtWords: string;
  /** What may stand beside `stopWords` and `doubtWords`. */
  besides: string;
  /** May mean an opt-out: a person decides. */
  doubt: string[];
}
