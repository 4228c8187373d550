/**
 * How many segments a text message has. Twilio charges for each segment.
 *
 * It counts what is typed so far in less than a millisecond, so that a front end can count with each key.
 *
 * @see https://www.twilio.com/docs/glossary/what-sms-character-limit
 * @module
 */

/** The characters of GSM-7 that take one place. */
const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);

/** The characters of GSM-7 that take two places. */
const EXTENDED = new Set("|^€{}[]~\\\f");

/** How many places a message of one segment has, and each segment of a longer message. */
const PLACES = {
  "GSM-7": { single: 160, several: 153 },
  "UCS-2": { single: 70, several: 67 },
};

/** The segments of a text. */
export interface SmsSegments {
  /** The alphabet. One character outside GSM-7 makes the whole text UCS-2. */
  encoding: "GSM-7" | "UCS-2";
  /** The number of segments; 0 for an empty text. */
  segments: number;
  /** The places that are left in the last segment. */
  left: number;
  /** The characters outside GSM-7, each once, in the text's order. */
  outsideGsm7: string[];
}

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * Counts the segments of a text.
 *
 * Smart Encoding, which may replace typographic marks on a Messaging Service, is not considered.
 *
 * @param text The text, of any length.
 * @returns The count. A character is never split between two segments.
 */
export function smsSegments(text: string): SmsSegments {
  const outside = new Set<string>();
  for (const character of text) {
    if (!BASIC.has(character) && !EXTENDED.has(character)) outside.add(character);
  }
  const encoding = outside.size === 0 ? "GSM-7" : "UCS-2";
  const sizes = encoding === "GSM-7"
    ? Array.from(text, (character) => EXTENDED.has(character) ? 2 : 1)
    : Array.from(GRAPHEMES.segment(text), ({ segment }) => segment.length);
  return { encoding, ...pack(sizes, PLACES[encoding]), outsideGsm7: [...outside] };
}

/** Puts characters of these sizes into segments. */
function pack(
  sizes: number[],
  { single, several }: { single: number; several: number },
): { segments: number; left: number } {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total <= single) return { segments: total === 0 ? 0 : 1, left: single - total };
  let segments = 1;
  let left = several;
  for (const size of sizes) {
    if (size > left) {
      segments++;
      left = several;
    }
    left -= size;
  }
  return { segments, left };
}
