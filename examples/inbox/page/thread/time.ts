/**
 * Times as people read them.
 *
 * @module
 */

const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const SECONDS = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/**
 * Reads a time from a row. The local REST writes "2026-11-21 15:55:13.22+00" where PostgREST writes
 * "2026-11-21T15:55:13.22+00:00", and only the latter is one that every browser reads.
 */
export function parseTime(text: string): Date {
  return new Date(text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00"));
}

/** The time of a message: today's by the clock, an older one by its day. */
export function shortTime(at: Date): string {
  const isToday = at.toDateString() === new Date().toDateString();
  return isToday ? CLOCK.format(at) : DAY.format(at);
}

/** The time of a log line. */
export function exactTime(at: Date): string {
  return SECONDS.format(at);
}
