/**
 * Dates and times in Twilio's parameters.
 *
 * @module
 */

const DATE_OR_TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?)?$/;

const SECOND_MS = 1000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;

/** The time span of a parameter: a day for a date, a second for a time. */
export interface GmtSpan {
  /** The first ms, since 1970. */
  from: number;
  /** The first ms after the span, since 1970. */
  until: number;
}

/**
 * Parses a date (`2026-11-01`) or a time (`2026-11-01T10:00:00Z`). Without a zone it is GMT.
 *
 * @returns Undefined for any other text.
 */
export function readGmt(text: string): GmtSpan | undefined {
  const [, day, time, zone = "Z"] = DATE_OR_TIME.exec(text) ?? [];
  const from = Date.parse(time === undefined ? `${day}T00:00:00Z` : `${day}T${time}${zone}`);
  if (Number.isNaN(from)) return undefined;
  return { from, until: from + (time === undefined ? DAY_MS : SECOND_MS) };
}
