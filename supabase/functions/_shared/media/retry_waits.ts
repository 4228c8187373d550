/**
 * How long work on attachments waits after an attempt that failed.
 *
 * @module
 */

/** Seconds after the first, the second … attempt: 5 s, 30 s, 2 min, 10 min, 1 h, 6 h, 24 h. */
const WAITS = [5, 30, 120, 600, 3_600, 21_600, 86_400];

/**
 * The wait before the next attempt.
 *
 * @param attempts How many attempts have failed before the one that has failed now.
 * @returns Seconds; undefined if there is no further attempt.
 */
export function nextWait(attempts: number): number | undefined {
  return WAITS[attempts];
}

/** The wait before the next attempt of work that is never given up, in seconds: after the last wait, 24 h each. */
export function nextWaitForEver(attempts: number): number {
  return WAITS[Math.min(attempts, WAITS.length - 1)];
}
