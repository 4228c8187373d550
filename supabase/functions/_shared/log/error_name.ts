/**
 * What the log says of an error: its name, because its message may quote what was sent.
 *
 * @module
 */

/** The name of what was thrown; `unknown error` for what is not an Error. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : "unknown error";
}
