/**
 * How long a recruit has waited, in words.
 *
 * @module
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * Puts a wait into words.
 *
 * @param since The conversation's `waiting_since`.
 * @param now The present time.
 * @returns Such as "under 1 min", "12 min", "3 h 5 min", "1 day" or "4 days", rounded down.
 */
export function waitingWords(since: Date, now: Date): string {
  const wait = Math.max(0, now.getTime() - since.getTime());
  if (wait < MINUTE_MS) return "under 1 min";
  if (wait >= DAY_MS) {
    const days = Math.floor(wait / DAY_MS);
    return days === 1 ? "1 day" : `${days} days`;
  }
  const hours = Math.floor(wait / HOUR_MS);
  const minutes = Math.floor(wait % HOUR_MS / MINUTE_MS);
  return [hours && `${hours} h`, minutes && `${minutes} min`].filter(Boolean).join(" ");
}
