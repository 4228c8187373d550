/**
 * Texts of other servers, which may hold anything, on a terminal.
 *
 * @module
 */
import { stripVTControlCharacters } from "node:util";

/**
 * Returns a text without escape sequences and other control characters, with which it could move the cursor, rewrite
 * what was printed before, or set the terminal's title. Line breaks stay.
 */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(/[^\P{Cc}\n]/gu, "");
}
