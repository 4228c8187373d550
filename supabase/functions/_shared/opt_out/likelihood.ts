/**
 * Computes how likely a text is an opt-out: a logistic regression over its words, pairs of words and pieces of
 * words, one for all languages. It finds wordings and typing errors that no pattern has.
 *
 * `deno task train` learns the weights from the sentences of tests/data/wording.
 *
 * @see https://en.wikipedia.org/wiki/Logistic_regression
 * @module
 */
import { plainText } from "./plain_text.ts";
import { BIAS, SCALE, WEIGHTS } from "./weights.ts";

/** The number of weights, a power of two. A feature has the weight that its hash names. */
export const BUCKETS = 65_536;

/** The most words of a text that are read. */
const MAX_WORDS = 120;

/** Words of up to so many letters have no pieces. */
const WHOLE_WORD_LENGTH = 3;

/** The weights' bytes, each a character, decoded with the first text that needs them. */
let weights: string | undefined;

/** By each feature the number of the newest text that has it, so that a text counts it once. */
let counted: Uint32Array | undefined;

/** The number of texts so far. */
let texts = 0;

/** The logarithms of the odds that a text is an opt-out: 0 is as likely as not, 3 is 20 to 1. */
export interface LogOdds {
  /** The log odds of the whole text. */
  whole: number;
  /** The log odds of the whole text or of its likeliest sentence, whichever is more. */
  strongest: number;
}

/** A sentence of fewer words is not judged by itself. */
const SENTENCE_WORDS = 2;

/** The most of a text that is read, in UTF-16 units. Twilio's bodies have at most 1600. */
const MAX_LENGTH = 2000;

/**
 * Computes how likely a text is an opt-out.
 *
 * @param own The recruit's own words, without quoted ones.
 */
export function optOutLogOdds(own: string): LogOdds {
  const text = own.slice(0, MAX_LENGTH);
  const whole = logOddsOf(text);
  const sentences = text.split(/[.!?;\n]+/)
    .filter((sentence) => sentence.trim().split(/\s+/).length >= SENTENCE_WORDS);
  const strongest = sentences.length < 2 ? whole : Math.max(whole, ...sentences.map(logOddsOf));
  return { whole, strongest };
}

function logOddsOf(text: string): number {
  weights ??= atob(WEIGHTS);
  counted ??= new Uint32Array(BUCKETS);
  texts++;
  let sum = 0;
  let features = 0;
  for (const feature of featuresOf(text)) {
    if (counted[feature] === texts) continue;
    counted[feature] = texts;
    features++;
    // The shifts make a signed number of a byte.
    sum += weights.charCodeAt(feature) << 24 >> 24;
  }
  return SCALE * sum / Math.sqrt(features) + BIAS;
}

/** The features of a text as indexes of the weights. One that the text has twice may come twice. */
export function featuresOf(own: string): number[] {
  const words = [
    "^",
    ...plainText(own).dropped.split(" ")
      .filter((word) => word !== "" && word !== "." && word !== ",").slice(0, MAX_WORDS),
    "$",
  ];
  const features: number[] = [];
  for (const [index, word] of words.entries()) {
    features.push(bucketOf(word));
    if (index + 1 < words.length) features.push(bucketOf(`${word} ${words[index + 1]}`));
    // "don't ever text": the word between does not count.
    if (index + 2 < words.length) features.push(bucketOf(`${word}  ${words[index + 2]}`));
    if (word.length > WHOLE_WORD_LENGTH) addPieces(`<${word}>`, features);
  }
  return features;
}

/** Adds the pieces of a word of 3, 4 and 5 characters, each as `#` and the piece. */
function addPieces(marked: string, features: number[]): void {
  const prefix = hashOf("#");
  for (let start = 0; start < marked.length; start++) {
    let hash = prefix;
    const end = Math.min(start + 5, marked.length);
    for (let index = start; index < end; index++) {
      hash = hashed(hash, marked.charCodeAt(index));
      if (index - start >= 2) features.push(bucket(hash));
    }
  }
}

function bucketOf(feature: string): number {
  return bucket(hashOf(feature));
}

/** Hashes a feature with FNV-1a. @see http://www.isthe.com/chongo/tech/comp/fnv/ */
function hashOf(feature: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < feature.length; index++) {
    hash = hashed(hash, feature.charCodeAt(index));
  }
  return hash;
}

/** The hash of a feature with one more character. */
function hashed(hash: number, character: number): number {
  return Math.imul(hash ^ character, 0x01000193);
}

/** The index of a hash. Its upper half is mixed in, because the lower bits alone collide more often. */
function bucket(hash: number): number {
  return (hash ^ hash >>> 15) & (BUCKETS - 1);
}
