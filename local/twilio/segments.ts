/**
 * How many parts a text is sent in, which is what Twilio counts and charges.
 *
 * @see https://www.twilio.com/docs/glossary/what-sms-character-limit
 * @module
 */
import { SegmentedMessage } from "sms-segments-calculator";
import { channelOf } from "./address.ts";

/**
 * Counts the segments.
 *
 * @param message Its media count as one, as does all that is no SMS.
 */
export function segmentsOf(
  { body, media = [], to }: { body: string; media?: unknown[]; to: string },
): number {
  if (body === "" || media.length > 0 || channelOf(to) !== "sms") return 1;
  return new SegmentedMessage(body).segmentsCount;
}
