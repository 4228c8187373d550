/**
 * The number of segments of a message, which Twilio charges for.
 *
 * @see https://www.twilio.com/docs/glossary/what-sms-character-limit
 * @module
 */
import { SegmentedMessage } from "sms-segments-calculator";
import { channelOf } from "./address.ts";

/**
 * Counts the segments of a message. An MMS and a message on another channel have one segment.
 */
export function segmentsOf(
  { body, media = [], to }: { body: string; media?: unknown[]; to: string },
): number {
  if (body === "" || media.length > 0 || channelOf(to) !== "sms") return 1;
  return new SegmentedMessage(body).segmentsCount;
}
