/**
 * The schedule that calls sms-reconcile, as Supabase Cron does in a hosted project.
 *
 * @see https://supabase.com/docs/guides/functions/schedule-functions
 * @module
 */
import { apiUrl, type Ports } from "../settings/addresses.ts";
import { SECRET_KEY } from "../settings/keys.ts";

/** The interval in a hosted project, in seconds. */
export const RECONCILE_EVERY_SECONDS = 10;

/**
 * Starts the schedule.
 *
 * @param everySeconds The interval in seconds; 0 for never.
 * @returns A function that stops it.
 */
export function startSchedule(ports: Ports, everySeconds: number): () => Promise<void> {
  if (everySeconds === 0) return () => Promise.resolve();
  const stopping = new AbortController();
  let calling: Promise<void> | undefined;
  const call = async () => {
    const response = await fetch(`${apiUrl(ports)}/functions/v1/sms-reconcile`, {
      method: "POST",
      headers: { apikey: SECRET_KEY },
      signal: stopping.signal,
    });
    await response.body?.cancel();
  };
  // Calls do not overlap. A failed call needs no retry, because the next call does the due work.
  const tick = () => calling ??= call().catch(() => {}).finally(() => calling = undefined);
  const timer = setInterval(tick, everySeconds * 1000);
  return async () => {
    clearInterval(timer);
    stopping.abort();
    await calling;
  };
}

/** The longest timer of JavaScript, 2^31 - 1 ms, in seconds. */
const MAX_SECONDS = 2_147_483;

/**
 * Reads RECONCILE_EVERY_SECONDS.
 *
 * @throws {RangeError} If it is neither 0 nor a number from 1 to 2147483.
 */
export function readReconcileEverySeconds(text: string | undefined): number {
  const seconds = text ? Number(text) : RECONCILE_EVERY_SECONDS;
  if (seconds === 0 || (seconds >= 1 && seconds <= MAX_SECONDS)) return seconds;
  throw new RangeError(
    `RECONCILE_EVERY_SECONDS must be 0 or a number from 1 to ${MAX_SECONDS}, not "${text}"`,
  );
}
