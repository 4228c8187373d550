/**
 * The number of segments of a message, which Twilio charges for.
 *
 * @see https://www.twilio.com/docs/glossary/what-sms-character-limit
 * @module
 */
import { SegmentedMessage } from "sms-segments-calculator";
import { channelOf } from "./address.ts";

/**
 * The longest text that is one segment in any encoding, in UTF-16 units: 70 of UCS-2 fill a segment, and
 * 70 of GSM-7 take at most 140 of its 160 places.
 */
const ALWAYS_ONE = 70;

/**
 * Counts the segments of a message. An MMS and a message on another channel have one segment.
 */
export function segmentsOf(
  { body, media = [], to }: { body: string; media?: unknown[]; to: string },
): number {
  // Most texts are short, and Twilio's library takes most of the time in which a message is logged.
  if (body.length <= ALWAYS_ONE || media.length > 0 || channelOf(to) !== "sms") return 1;
  return new SegmentedMessage(body).segmentsCount;
}
