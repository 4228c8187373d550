/**
 * Parsing of JSON that may be invalid.
 *
 * @module
 */

/** Parses JSON. @returns Undefined for invalid JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
