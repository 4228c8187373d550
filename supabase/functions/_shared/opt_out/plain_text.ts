/**
 * A text without what its spelling hides: the first of two steps to the plain form in which texts are judged.
 *
 * @module
 */

/** The most of a text that is read, in UTF-16 units. Twilio's bodies have at most 1600. */
const MAX_LENGTH = 2000;

const APOSTROPHES = /['\u2018\u2019\u201b\u02bc\u2032\uff07`\u00b4]/g;
const INVISIBLE = /[\u00ad\u0300-\u036f\u061c\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]+/g;

/** "S.T.O.P", "s t o p". */
const SPELLED_OUT = /(?<![a-z])s[^a-z]{1,2}t[^a-z]{1,2}o[^a-z]{1,2}p(?![a-z])/g;

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
    .replaceAll("&", " and ").replace(/#+/g, " number ")
    .replace(/[^a-z0-9.,?]+/g, " ")
    .replace(/([a-z])\1{2,}/g, "$1");
  return ` . ${words} . `.replace(/ {2,}/g, " ").replace(/( [.])+(?= [.])/g, "");
}
