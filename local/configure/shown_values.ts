/**
 * What is printed of values that may hold a password, a token or a phone number.
 *
 * @module
 */
import { relative } from "node:path";
import { printable } from "../command_line/printable.ts";
import { shownAddress } from "../project/shown_address.ts";

/**
 * Returns a text without the passwords and queries of its URLs, and without whole phone numbers and control
 * characters. A query may hold a token. Twilio's SIDs and the connection overrides stay.
 */
export function shownText(text: string): string {
  return printable(text)
    // A password may hold @: the last one ends it.
    .replace(/(\w:\/\/)[^/?#\s]*@/g, "$1")
    .replace(/(\w:\/\/[^?#\s]*)\?[^#\s]*/g, "$1?…")
    .replace(/(?:\+|%2B|(?<!\w))\d{7,15}(?!\w)/gi, shownAddress);
}

/**
 * Returns what is printed of a value that is to be replaced. Two URLs that differ in user or password alone look the
 * same, so it says that they differ.
 */
export function shownBefore(before: string, after: string): string {
  const shown = shownText(before);
  return before !== after && shown === shownText(after)
    ? `${shown} (another user or password)`
    : shown;
}

/** Returns a file's path as it is written in the current folder. */
export function shownPath(path: string): string {
  const shorter = relative(Deno.cwd(), path);
  return shorter.startsWith("..") ? path : shorter;
}
