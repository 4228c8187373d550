/**
 * Waiting.
 *
 * @module
 */

/** Waits for so many ms. */
export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
