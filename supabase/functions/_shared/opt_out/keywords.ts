/**
 * Judges texts of nothing but a keyword and what people write beside it.
 *
 * @see https://help.twilio.com/articles/223134027
 * @module
 */
import { plainText } from "./plain_text.ts";

/** The words that Twilio acts on, if a text is nothing else. */
const TWILIO_KEYWORDS: Record<string, "stop" | "start" | "yes" | "help"> = {
  STOP: "stop",
  UNSUBSCRIBE: "stop",
  END: "stop",
  QUIT: "stop",
  STOPALL: "stop",
  REVOKE: "stop",
  OPTOUT: "stop",
  CANCEL: "stop",
  START: "start",
  UNSTOP: "start",
  YES: "yes",
  HELP: "help",
  INFO: "help",
};

const BARE =
  /^[\s\p{P}\p{Cf}\p{Cc}\ufe00-\ufe0f]*([A-Za-z]{2,11})[\s\p{P}\p{Cf}\p{Cc}\ufe00-\ufe0f]*$/u;

/** Two words, and so no keyword. This pattern costs a worker's first text less than BARE does. */
const TWO_WORDS = /[A-Za-z][^A-Za-z]+[A-Za-z]/;

/**
 * Finds the keyword that Twilio acts on: a word with only white space and punctuation around it.
 *
 * @param body The whole body, as Twilio received it.
 * @returns What Twilio does; null if the body is no keyword.
 */
export function twilioKeyword(body: string): "stop" | "start" | "yes" | "help" | null {
  if (TWO_WORDS.test(body)) return null;
  const word = BARE.exec(body)?.[1].toUpperCase();
  if (word === undefined || !Object.hasOwn(TWILIO_KEYWORDS, word)) return null;
  // "Stop?" is a question.
  return TWILIO_KEYWORDS[word] === "stop" && body.includes("?") ? null : TWILIO_KEYWORDS[word];
}

const words = (list: string) => new Set(list.split(" "));

/** Stop keywords that rarely mean anything else, in English, Spanish, French and Portuguese. */
const CLEAR = words(
  "stop stopp stopall unsubscribe unsuscribe unsub optout revoke stop2end stop2stop stop2quit 2stop alto arret detener",
);
/** Stop keywords that are also everyday words. */
const EVERYDAY = words("end quit cancel cancelar parar baja sair");

/** Keywords with a typing error that makes no other word that people text alone. */
const MISTYPED = words(
  "sotp stpo tsop sttop stoip stiop stopo stopl stpp stoo stol stip stap atop dtop srop syop st0p " +
    "cancle cancell canceal cancal",
);

/** Words that people write beside a keyword. */
const POLITE = words(
  "please pls plz plese pleas kindly thanks thank you thx ty now immediately asap ok okay hi hello hey sir " +
    "por favor porfavor porfa xfa gracias ya hola ahora " +
    "s il vous te plait svp stp merci bonjour bonsoir maintenant " +
    "obrigado obrigada obg agora ola",
);

/** Words that begin no name in a signature: a line with one continues the sentence above it. */
const CONTINUES = words(
  "my the our your this that it of for on at by in to with from and or but if when today tonight tomorrow interview " +
    "appointment shift mi la el los las su este esta de en por para del mon ma mes le les ce cette du pour o a os as " +
    "meu minha este esta do da no na",
);

/** Words of thanks and greetings, of which a text may be nothing else. */
const PLEASANT = words(
  "thanks thank you thx ty ok okay hi hello hey gracias hola merci bonjour obrigado obrigada ola",
);

const LINE_END = /\r\n|[\n\r\u2028\u2029]/;

/** The longest text that can be a keyword with additions, in UTF-16 units. */
const MAX_LENGTH = 400;

/** The line that begins a signature. */
const SIGNATURE = /^\s*(?:--|[\u2013\u2014_]{2})/;

/** A line that a phone or a mail program adds. */
const ADDED_LINE =
  /^\s*(?:sent (?:from|via|by|with)|get outlook|enviado (?:desde|do|de|por|pelo)|envoy[eé] (?:de|depuis|à partir)|obt[eé]n outlook|télécharger outlook)(?:\s|$)/i;
/** The same on the line of the keyword. */
const ADDED_WORDS = /\s(?:sent from my|enviado desde mi|enviado do meu|envoy[eé] de mon)\s.*$/i;
const LAUGH = /[\u{1f602}\u{1f923}\u{1f606}\u{1f639}\u{1f480}]/u;

/**
 * Judges a text of nothing but a stop keyword of any language and what people add to it.
 *
 * @param own The recruit's own words, without quoted ones.
 * @returns `stop`; `doubt` if codes or question marks stand beside the keyword; null for prose or no keyword.
 */
export function stopKeyword(own: string): "stop" | "doubt" | null {
  const said = linesOf(own);
  const whole = said.join(" ");
  if (whole.length > MAX_LENGTH) return null;
  const verdict = judgeWords(whole);
  return verdict === null && said.length > 1 ? judgeAboveSignature(said) : verdict;
}

/**
 * Whether a keyword that rarely means anything else is a line or a sentence of its own among others.
 *
 * @param own The recruit's own words, without quoted ones.
 */
export function hasStopSentence(own: string): boolean {
  const said = linesOf(own);
  const whole = said.join(" ");
  // Most texts hold no such keyword at all.
  return whole.length <= MAX_LENGTH && plainWordsOf(whole).some((word) => CLEAR.has(word)) &&
    said.flatMap((line) => line.split(/[.!]+/))
      .some((sentence) => isClear(sentence) && judgeWords(sentence) === "stop");
}

/**
 * Whether a text is nothing but thanks and greetings: "ok thanks!". Alone such words say too little for the likelihood.
 *
 * @param own The recruit's own words, without quoted ones.
 */
export function isPleasantry(own: string): boolean {
  return own.length <= MAX_LENGTH && plainWordsOf(own).every((word) => PLEASANT.has(word));
}

/**
 * The lines that are not empty, without what a phone or a mail program adds. Behind MAX_LENGTH units of a long
 * text no line is read.
 */
function linesOf(own: string): string[] {
  const lines: string[] = [];
  let length = 0;
  for (const line of own.split(LINE_END)) {
    if (length > MAX_LENGTH) break;
    if (line.trim() === "") continue;
    if (lines.length > 0 && (SIGNATURE.test(line) || ADDED_LINE.test(line))) break;
    const said = line.replace(ADDED_WORDS, "");
    lines.push(said);
    length += said.length;
  }
  return lines;
}

/** Judges the lines above a signature, which is a last line of at most three words. */
function judgeAboveSignature(lines: string[]): "stop" | "doubt" | null {
  const last = lines[lines.length - 1].trim();
  // A dash before a name is no word.
  if (last.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length > 3) return null;
  const above = judgeWords(lines.slice(0, -1).join(" "));
  // "Cancel" with "my interview" on the next line is one sentence.
  const continues = CONTINUES.has(plainWordsOf(last)[0]);
  return above === "stop" && continues && !isClear(lines[0]) ? "doubt" : above;
}

/** Whether a text begins with a keyword that rarely means anything else. */
export function isClear(text: string): boolean {
  return CLEAR.has(plainWordsOf(text).find((word) => !POLITE.has(word)) ?? "");
}

/** The newest text, because all that look for keywords need its words. */
let newest: { text: string; words: string[] } | undefined;

function plainWordsOf(text: string): string[] {
  if (newest?.text !== text) newest = { text, words: wordsIn(text) };
  return newest.words;
}

/** The words and question marks of a text, in lower case and without accents. */
function wordsIn(text: string): string[] {
  // Plain text has a word for "#", and here it is a mark before a code.
  const { split } = plainText(text.replaceAll("\u{1f6d1}", " stop ").replaceAll("#", " "));
  return split.replace(/ opt out /g, " optout ").split(" ")
    .filter((word) => word !== "" && word !== "." && word !== ",");
}

/** Whether a word is a keyword with a code behind it and no space between them, or a mistyped one. */
function isMistaken(word: string): boolean {
  const beforeCode = /^([a-z]+)[0-9]/.exec(word)?.[1] ?? "";
  return CLEAR.has(beforeCode) || EVERYDAY.has(beforeCode) || MISTYPED.has(word);
}

function judgeWords(text: string): "stop" | "doubt" | null {
  const rest = plainWordsOf(text).filter((word) => !POLITE.has(word));
  const keywords = rest.filter((word) => CLEAR.has(word) || EVERYDAY.has(word));
  const isClear = keywords.some((word) => CLEAR.has(word));
  const codes = rest.filter((word) => /^[a-z]*[0-9][a-z0-9]*$/.test(word) && !CLEAR.has(word));
  const marks = rest.filter((word) => word === "?");
  if (keywords.length === 0) {
    return rest.length === 1 && isMistaken(rest[0]) ? "doubt" : null;
  }
  if (keywords.length + codes.length + marks.length < rest.length) return null;
  if (marks.length > 0 || LAUGH.test(text)) return "doubt";
  if (codes.length === 0) return "stop";
  // "Stop 3" may be a driver's third stop.
  return isClear && codes.every((code) => code.length > 2 || code === "1") ? "stop" : "doubt";
}
