/**
 * Where a text can be cut without leaving half a sentence.
 *
 * Intl.Segmenter is not used: it ends a sentence after "Mr." and at a question mark in an address.
 *
 * @module
 */

/**
 * Closing marks with what belongs to them, and white space behind; in scripts that write no space, alone;
 * and the end of a line. White space never stands inside an address or a number.
 */
const END = /[.!?؟।۔]+["')\]]*(?=\s)|[。！？｡]+["')\]」』）]*|\n/gu;

/** What a full stop can follow without ending a sentence: an initial, "a.m", a title, a list number. */
const NO_END =
  /(?:(?<![\p{L}\p{N}])(?:\p{L}|(?:\p{L}\.)+\p{L}|Mr|Mrs|Ms|Mx|Dr|Prof|St|Ave|Blvd|Rd|Jr|Sr|Sra|Srta|Dra|No|vs|approx|ext|Inc|Ltd|Co|Corp|Mme|Mlle|Ud|Uds)|^[^\S\n]*\d+)$/imu;

/**
 * Cuts a text at the last sentence end that is far enough.
 *
 * @param minLength How much must be left at least, in UTF-16 units.
 * @param maxLength How much can be left at most, in UTF-16 units.
 * @param fits Asks whether a beginning of the text is short enough.
 * @returns Nothing if there is no such sentence end.
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
    if (mark === "\n" ? before.trimEnd().endsWith(":") : mark === "." && NO_END.test(before)) {
      continue;
    }
    ends.push(index + mark.length);
  }
  return ends;
}
