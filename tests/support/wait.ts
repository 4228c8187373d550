/**
 * Waits for a condition, never for a time.
 *
 * @module
 */

/** The pause after the first look at a condition, and the longest one, in ms. */
const PAUSE_MS = { first: 10, longest: 160 };

/** The factor by which each pause is longer than the one before: long waits need few looks. */
const GROWTH = 1.6;

/**
 * Waits until a condition is true.
 *
 * @param condition Evaluated again and again.
 * @param what The condition's name, for the error.
 * @param seconds How long it may take.
 * @returns The condition's first value that is neither false nor undefined.
 * @throws {Error} If the condition is not true in time.
 */
export async function until<Value>(
  condition: () => Promise<Value | undefined | false> | Value | undefined | false,
  what: string,
  seconds = 30,
): Promise<Value> {
  const deadline = Date.now() + seconds * 1000;
  for (let pause = PAUSE_MS.first; Date.now() < deadline; pause *= GROWTH) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, PAUSE_MS.longest)));
  }
  throw new Error(`Waited ${seconds} s in vain for ${what}`);
}
