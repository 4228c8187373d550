/**
 * Times as people read them.
 *
 * @module
 */

const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const SECONDS = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/**
 * Parses a time from a row.
 *
 * The local REST writes "2026-11-21 15:55:13.22+00" where PostgREST writes
 * "2026-11-21T15:55:13.22+00:00". Every browser parses the latter format alone.
 */
export function parseTime(text: string): Date {
  return new Date(text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00"));
}

/** A message's time: the clock for today, the day for an older message. */
export function shortTime(at: Date): string {
  const isToday = at.toDateString() === new Date().toDateString();
  return isToday ? CLOCK.format(at) : DAY.format(at);
}

/** A log line's time, with seconds. */
export function exactTime(at: Date): string {
  return SECONDS.format(at);
}
