/**
 * `fetch` with a time limit.
 *
 * @module
 */

/** The limit of one call, in ms: longer than every time limit of the functions. */
const LIMIT_MS = 30_000;

/** Calls `fetch`, and rejects after 30 s: during a fault a call may hang. */
export const fetchWithin: typeof fetch = (input, init) =>
  fetch(input, { ...init, signal: AbortSignal.timeout(LIMIT_MS) });
