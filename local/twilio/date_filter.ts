/**
 * How Twilio's lists are filtered by a date: `DateSent`, `DateSent<` and `DateSent>`, all of them
 * inclusive, a date alone being all of its day.
 *
 * @see https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
 * @module
 */
import { type GmtSpan, readGmt } from "./gmt_time.ts";

/** The three parameters, as the document has checked them. */
export interface DateFilter {
  on?: string;
  onOrBefore?: string;
  onOrAfter?: string;
}

/** The time that a filter lets through; nothing for one that is empty. */
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
