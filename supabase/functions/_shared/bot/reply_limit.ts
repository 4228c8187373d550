/**
 * How long a reply may be: three segments of a text message, on every channel.
 *
 * @see https://www.twilio.com/docs/glossary/what-sms-character-limit
 * @module
 */
import { SegmentedMessage } from "sms-segments-calculator";

/** The most segments of a reply. */
const MAX_SEGMENTS = 3;

/** What one segment of several holds: characters of GSM-7, or UTF-16 units of any other text. */
const SEGMENT = { gsm7: 153, other: 67 };

/** The most that fits in any alphabet, in UTF-16 units. */
export const MAX_LENGTH = MAX_SEGMENTS * SEGMENT.gsm7;

/** The most that the model may write. */
export interface ReplyLimit {
  /**
   * Characters, if all of them are in GSM-7. Null if the text that the code adds is outside GSM-7 already.
   */
  gsm7: number | null;
  /** UTF-16 units, if any character is outside GSM-7. */
  other: number;
}

/**
 * Computes what is left for the model's text.
 *
 * @param added The text that the code adds.
 */
export function replyLimit(added: string): ReplyLimit {
  const message = new SegmentedMessage(added, "auto");
  return {
    gsm7: message.getEncodingName() === "GSM-7" ? MAX_LENGTH - message.numberOfCharacters : null,
    other: MAX_SEGMENTS * SEGMENT.other - added.length,
  };
}

/** Whether a whole message keeps to the limit. */
export function fitsLimit(body: string): boolean {
  // The length comes first, because counting the segments of a long text takes seconds.
  return body.length <= MAX_LENGTH &&
    new SegmentedMessage(body, "auto").segmentsCount <= MAX_SEGMENTS;
}
