/**
 * Text that Postgres can store.
 *
 * @see https://www.postgresql.org/docs/17/datatype-character.html
 * @module
 */

/** Replaces what Postgres cannot hold, NUL and lone surrogates, with U+FFFD. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}
