/**
 * The plain form of a text, in which it is judged.
 *
 * @module
 */
import type { Language } from "./language.ts";
import { PatternIndex } from "./pattern_index.ts";

/** The most of a text that is read, in UTF-16 units. Twilio's bodies have at most 1600. */
const MAX_LENGTH = 2000;

const APOSTROPHES = /['\u2018\u2019\u201b\u02bc\u2032\uff07`\u00b4]/g;
const INVISIBLE = /[\u00ad\u0300-\u036f\u061c\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]+/g;

/** "S.T.O.P", "s t o p". */
const SPELLED_OUT = /(?<![a-z])s[^a-z]{1,2}t[^a-z]{1,2}o[^a-z]{1,2}p(?![a-z])/g;

/** A language's words, ready for look-ups. */
export interface Lexicon {
  apostrophes: "drop" | "split";
  phrases: PatternIndex;
  /** Words that the replacement of one phrase may add for a later phrase to match. */
  phraseWords: string[];
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
  return {
    apostrophes: language.apostrophes,
    phrases: new PatternIndex(language.phrases),
    phraseWords: language.phrases.flatMap(([, words]) => list(words)),
    read,
    typos: list(language.typos ?? ""),
    notTypos: new Set(list(language.notTypos ?? "")),
  };
}

/** A text without its language: with apostrophes dropped, and with apostrophes as spaces. */
export interface PlainText {
  dropped: string;
  split: string;
}

/** The newest text, because all that judge a text need its plain form. */
let newest: { body: string; plain: PlainText } | undefined;

/**
 * What all languages share: lower case, no accents, ordinary letters instead of ornamental ones,
 * one space around each word and each of `.` `,` `?`, with a `.` at both ends.
 */
export function plainText(body: string): PlainText {
  if (newest?.body !== body) newest = { body, plain: plainTextOf(body) };
  return newest.plain;
}

function plainTextOf(body: string): PlainText {
  // Takes accents off their letters and makes ordinary letters of ornamental ones.
  const said = body.slice(0, MAX_LENGTH).normalize("NFKD").slice(0, MAX_LENGTH).toLowerCase()
    .replace(INVISIBLE, "");
  const dropped = spaced(said.replace(APOSTROPHES, ""));
  return {
    dropped,
    split: APOSTROPHES.test(said) ? spaced(said.replace(APOSTROPHES, " ")) : dropped,
  };
}

function spaced(said: string): string {
  const words = said
    .replaceAll("œ", "oe").replaceAll("æ", "ae").replaceAll("ß", "ss").replaceAll("ø", "o")
    .replace(SPELLED_OUT, "stop")
    .replace(/\n\s*\n/g, " . ")
    .replace(/[!;:\u2026\u00a1\u203c]/g, ".")
    .replace(/[.]+/g, " . ")
    .replaceAll(",", " , ").replaceAll("?", " ? ")
    .replaceAll("&", " and ").replaceAll("#", " number ")
    .replace(/[^a-z0-9.,?]+/g, " ")
    .replace(/([a-z])\1{2,}/g, "$1");
  return ` . ${words} . `.replace(/ {2,}/g, " ").replace(/( [.])+(?= [.])/g, "");
}

/** A text in the words that a language's patterns use. */
export function plainWords(text: PlainText, lexicon: Lexicon): string {
  const said = lexicon.apostrophes === "drop" ? text.dropped : text.split;
  const phrased = lexicon.phrases.replace(
    said,
    new Set([...said.split(" "), ...lexicon.phraseWords]),
  );
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
