/**
 * GSM-7, the alphabet of a text message. One character outside it makes every character of the message
 * take 16 bits instead of 7, so that less than half as many fit.
 *
 * @see https://www.twilio.com/docs/glossary/what-is-gsm-7-character-encoding
 * @module
 */
import { SegmentedMessage } from "sms-segments-calculator";

/**
 * Typographic marks and the GSM-7 text that replaces them. The project has a table of its own, because Smart
 * Encoding, as sms-segments-calculator has it, makes two spaces of a no-break space and also replaces
 * letters and Chinese punctuation.
 *
 * @see https://www.twilio.com/docs/messaging/services#smart-encoding
 */
const EQUALS: [RegExp, string][] = [
  [/[‘’‚‛′‹›ʹʻʼ´\u0060]/g, "'"],
  [/[“”„‟″«»〝〞]/g, '"'],
  [/[\u2010-\u2015\u2212]/g, "-"],
  [/[•‣⁃∙◦▪●]/g, "-"],
  [/…/g, "..."],
  [/→/g, "->"],
  [/×/g, "x"],
  [/⁄/g, "/"],
  [/[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g, " "],
  [/[\u2028\u2029]/g, "\n"],
  [/[\u00ad\u200b\u2060\ufeff]/g, ""],
];

/** Replaces typographic marks by their GSM-7 equals. Letters stay, because an accent changes the word. */
export function withGsm7Marks(text: string): string {
  // Only the composed letter can be in GSM-7: é and not e with an accent behind it.
  return EQUALS.reduce(
    (replaced, [marks, equal]) => replaced.replace(marks, equal),
    text.normalize("NFC"),
  );
}

/**
 * Finds the characters that are outside GSM-7.
 *
 * @param max How many at most.
 * @returns Each character once, in the text's order, without invisible ones.
 */
export function outsideGsm7(text: string, max: number): string[] {
  const outside: string[] = [];
  const seen = new Set<string>();
  for (const character of text.replace(/[\n\x20-\x5f\x61-\x7e]+/g, "")) {
    if (outside.length === max) break;
    if (seen.has(character)) continue;
    seen.add(character);
    if (/\p{Default_Ignorable_Code_Point}/u.test(character)) continue;
    if (!isGsm7(character)) outside.push(character);
  }
  return outside;
}

/** Whether a character is in GSM-7. */
function isGsm7(text: string): boolean {
  return new SegmentedMessage(text, "auto").getEncodingName() === "GSM-7";
}
