/**
 * Does what Supabase Cron does when hosted: calls sms-reconcile again and again.
 *
 * @see https://supabase.com/docs/guides/functions/schedule-functions
 * @module
 */
import { apiUrl, type Ports } from "../settings/addresses.ts";
import { SECRET_KEY } from "../settings/keys.ts";

/** How often hosted projects call it, in seconds. */
export const RECONCILE_EVERY_SECONDS = 10;

/**
 * Starts the schedule.
 *
 * @param everySeconds 0 for never.
 * @returns What stops it.
 */
export function startSchedule(ports: Ports, everySeconds: number): () => Promise<void> {
  if (everySeconds === 0) return () => Promise.resolve();
  const stopping = new AbortController();
  let calling = Promise.resolve();
  const call = async () => {
    const response = await fetch(`${apiUrl(ports)}/functions/v1/sms-reconcile`, {
      method: "POST",
      headers: { apikey: SECRET_KEY },
      signal: stopping.signal,
    });
    await response.body?.cancel();
  };
  // A call that fails is made good by the next one.
  const timer = setInterval(() => calling = call().catch(() => {}), everySeconds * 1000);
  return async () => {
    clearInterval(timer);
    stopping.abort();
    await calling;
  };
}

/**
 * Reads RECONCILE_EVERY_SECONDS.
 *
 * @throws {RangeError} If it is no number from 0 on.
 */
export function readReconcileEverySeconds(text: string | undefined): number {
  const seconds = text ? Number(text) : RECONCILE_EVERY_SECONDS;
  if (seconds >= 0 && Number.isFinite(seconds)) return seconds;
  throw new RangeError(`RECONCILE_EVERY_SECONDS must be a number from 0 on, not "${text}"`);
}
