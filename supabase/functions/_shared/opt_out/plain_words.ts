/**
 * The words of a plain text as a language's patterns use them.
 *
 * @module
 */
import type { Language } from "./language.ts";
import { PatternIndex } from "./pattern_index.ts";
import type { PlainText } from "./plain_text.ts";

/** A language's words, ready for look-ups. */
export interface Lexicon {
  apostrophes: "drop" | "split";
  phrases: PatternIndex;
  /** By each word the word that the patterns use for it; empty for an idle word. */
  read: Map<string, string>;
  typos: string[];
  notTypos: Set<string>;
}

const list = (words: string) => words.split(/\s+/).filter(Boolean);

/**
 * Forms of verbs, for a language's synonyms.
 *
 * @param stems Beginnings of words, with spaces between them.
 * @param endings What each may end with, with spaces between them.
 */
export function forms(stems: string, endings: string): string {
  return list(stems).flatMap((stem) => list(endings).map((ending) => stem + ending)).join(" ");
}

/** Reads a language's word lists. */
export function lexicon(language: Language): Lexicon {
  const read = new Map<string, string>();
  for (const [word, others] of Object.entries(language.synonyms)) {
    for (const other of list(others)) read.set(other, word);
  }
  for (const word of list(language.idle)) read.set(word, "");
  // The replacement of one phrase may be what a later phrase matches.
  const added = new Set(language.phrases.flatMap(([, words]) => list(words)));
  return {
    apostrophes: language.apostrophes,
    phrases: new PatternIndex(language.phrases, added),
    read,
    typos: list(language.typos ?? ""),
    notTypos: new Set(list(language.notTypos ?? "")),
  };
}

/** A text in the words that a language's patterns use. */
export function plainWords(text: PlainText, lexicon: Lexicon): string {
  const said = lexicon.apostrophes === "drop" ? text.dropped : text.split;
  const phrased = lexicon.phrases.replace(said, new Set(said.split(" ")));
  let plain = " ";
  let last = "";
  for (const word of phrased.split(" ")) {
    const read = lexicon.read.get(word) ?? spelled(word, lexicon);
    // A repeated word counts once.
    if (read === "" || read === last) continue;
    plain += read + " ";
    last = read;
  }
  return plain;
}

/** The word that a mistyped one was meant to be, as the patterns use it; else the word itself. */
function spelled(word: string, { typos, notTypos, read }: Lexicon): string {
  if (word.length < 5) return word;
  const meant = typos.find((typo) => isOneErrorAway(word, typo));
  return meant === undefined || notTypos.has(word) ? word : read.get(meant) ?? meant;
}

/** Whether two words differ by one letter: another, one more, one less, or two exchanged. */
function isOneErrorAway(word: string, other: string): boolean {
  const difference = word.length - other.length;
  if (difference > 1 || difference < -1 || word[0] !== other[0]) return false;
  let start = 1;
  while (start < word.length && word[start] === other[start]) start++;
  if (difference > 0) return word.slice(start + 1) === other.slice(start);
  if (difference < 0) return word.slice(start) === other.slice(start + 1);
  return word.slice(start + 1) === other.slice(start + 1) ||
    word[start] === other[start + 1] && word[start + 1] === other[start] &&
      word.slice(start + 2) === other.slice(start + 2);
}
