/**
 * Where a text can be cut at the end of a sentence.
 *
 * The project has rules of its own, because Intl.Segmenter ends a sentence after "Mr." and at a question
 * mark in an address.
 *
 * @module
 */

/**
 * A sentence end: closing marks with white space behind them, closing marks alone in scripts that write no
 * space, or the end of a line. The white space is required because addresses and numbers hold full stops.
 */
const END = /[.!?؟।۔]+["')\]]*(?=\s)|[。！？｡]+["')\]」』）]*|\n/gu;

/** An abbreviation before a full stop: an initial, "a.m", a title, a list number. The sentence goes on. */
const ABBREVIATION =
  /(?:(?<![\p{L}\p{N}])(?:\p{L}|(?:\p{L}\.)+\p{L}|Mr|Mrs|Ms|Mx|Dr|Prof|St|Ave|Blvd|Rd|Jr|Sr|Sra|Srta|Dra|No|vs|approx|ext|Inc|Ltd|Co|Corp|Mme|Mlle|Ud|Uds)|^[^\S\n]*\d+)$/imu;

/**
 * Cuts a text at its last sentence end that leaves enough.
 *
 * @param text The text.
 * @param minLength The least that must be left, in UTF-16 units.
 * @param maxLength The most that may be left, in UTF-16 units.
 * @param fits Whether a beginning of the text is short enough.
 * @returns The beginning of the text; undefined if no sentence end leaves enough and fits.
 */
export function cutAtSentenceEnd(
  text: string,
  minLength: number,
  maxLength: number,
  fits: (beginning: string) => boolean,
): string | undefined {
  return sentenceEnds(text.slice(0, maxLength + 1))
    .map((end) => text.slice(0, end).trimEnd())
    .filter(({ length }) => length >= minLength)
    .findLast(fits);
}

/** The positions behind the text's sentence ends, in order. */
function sentenceEnds(text: string): number[] {
  const ends: number[] = [];
  for (const { 0: mark, index } of text.matchAll(END)) {
    const before = text.slice(0, index);
    // A line that ends with a colon leads to the next one.
    if (
      mark === "\n" ? before.trimEnd().endsWith(":") : mark === "." && ABBREVIATION.test(before)
    ) {
      continue;
    }
    ends.push(index + mark.length);
  }
  return ends;
}
