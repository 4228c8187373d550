/**
 * Texts of any characters.
 *
 * @module
 */
import fc from "fast-check";

/** Where the surrogates are, which are no characters by themselves. */
const SURROGATES = { first: 0xd800, count: 0x800 };

/** The number of characters that Unicode has room for. */
const COUNT = 0x110000 - SURROGATES.count;

/** Any character of Unicode. */
const character = fc.nat(COUNT - 1).map(
  (number) => String.fromCodePoint(number < SURROGATES.first ? number : number + SURROGATES.count),
  numberOf,
);

/**
 * Makes the arbitrary of texts of any characters.
 *
 * It makes what fast-check's unit "binary" makes. That one first lists all 1.1 million characters, which
 * takes a second.
 *
 * @param maxLength The most characters of a text.
 * @see https://fast-check.dev/docs/core-blocks/arbitraries/primitives/string/
 */
export function anyText(maxLength?: number): fc.Arbitrary<string> {
  return fc.string({ unit: character, maxLength });
}

/** The number of a character, by which fast-check finds a smaller one. @throws {Error} If it is none. */
function numberOf(text: unknown): number {
  const point = typeof text === "string" ? text.codePointAt(0) : undefined;
  if (point === undefined || text !== String.fromCodePoint(point) || !text.isWellFormed()) {
    throw new Error("Not one character");
  }
  return point < SURROGATES.first ? point : point - SURROGATES.count;
}
