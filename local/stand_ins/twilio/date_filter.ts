/**
 * Date filters of Twilio's lists, such as `DateSent`, `DateSent<` and `DateSent>`. All are
 * inclusive, and a date without a time means the whole day.
 *
 * @see https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
 * @module
 */
import { type GmtSpan, readGmt } from "./gmt_time.ts";

/** The three parameters, checked against Twilio's document. */
export interface DateFilter {
  on?: string;
  onOrBefore?: string;
  onOrAfter?: string;
}

/** Returns the time span of a filter; undefined for an empty filter. */
export function spanOf({ on, onOrBefore, onOrAfter }: DateFilter): GmtSpan | undefined {
  if (on === undefined && onOrBefore === undefined && onOrAfter === undefined) return undefined;
  const starts = [on, onOrAfter].map((text) => text && readGmt(text)?.from);
  const ends = [on, onOrBefore].map((text) => text && readGmt(text)?.until);
  return {
    from: Math.max(-Infinity, ...starts.filter(isNumber)),
    until: Math.min(Infinity, ...ends.filter(isNumber)),
  };
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}
