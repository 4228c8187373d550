/**
 * The dates and times that Twilio's parameters hold.
 *
 * @module
 */

const DATE_OR_TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?)?$/;

const SECOND_MS = 1000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;

/** What a parameter names: a whole day or, because Twilio's times have no fractions, a second. */
export interface GmtSpan {
  /** In ms since 1970. */
  from: number;
  /** The first ms behind it. */
  until: number;
}

/**
 * Reads a date (`2026-11-01`) or a time (`2026-11-01T10:00:00Z`); one without a zone is GMT.
 *
 * @returns Nothing for any other text.
 */
export function readGmt(text: string): GmtSpan | undefined {
  const [, day, time, zone = "Z"] = DATE_OR_TIME.exec(text) ?? [];
  const from = Date.parse(time === undefined ? `${day}T00:00:00Z` : `${day}T${time}${zone}`);
  if (Number.isNaN(from)) return undefined;
  return { from, until: from + (time === undefined ? DAY_MS : SECOND_MS) };
}
