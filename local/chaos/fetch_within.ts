/** How long a call of the load may take, in ms: longer than the functions and their callers wait. */
const WITHIN_MS = 30_000;

/** `fetch` with a limit: a call that hangs while things are broken must not hold the run up. */
export const fetchWithin: typeof fetch = (input, init) =>
  fetch(input, { ...init, signal: AbortSignal.timeout(WITHIN_MS) });
