/**
 * What is printed of a value that is to be replaced.
 *
 * @module
 */
import { shownText } from "../project/shown_text.ts";

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
