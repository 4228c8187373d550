/**
 * The message of what was thrown.
 *
 * @module
 */

/** The message of an error; what is thrown and is no error, as text. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
