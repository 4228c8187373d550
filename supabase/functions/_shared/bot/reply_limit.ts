/**
 * How long a reply may be: the same on every channel, three segments of a text message.
 *
 * @see https://www.twilio.com/docs/glossary/what-sms-character-limit
 * @module
 */
import { SegmentedMessage } from "sms-segments-calculator";

const MAX_SEGMENTS = 3;

/** What a message of several segments has in each: characters of GSM-7, or UTF-16 units of UCS-2. */
const SEGMENT = { gsm7: 153, other: 67 };

/** The most that fits in any alphabet, in UTF-16 units. */
export const MAX_LENGTH = MAX_SEGMENTS * SEGMENT.gsm7;

/** The most that the model may write. */
export interface ReplyLimit {
  /**
   * Characters, while all of them are in GSM-7. Null if the message is in another alphabet whatever the
   * model writes.
   */
  gsm7: number | null;
  /** UTF-16 units, if a character is outside GSM-7. */
  other: number;
}

/**
 * Works out what is left for the model's text.
 *
 * @param added What the code adds to the text.
 */
export function replyLimit(added: string): ReplyLimit {
  const message = new SegmentedMessage(added, "auto");
  return {
    gsm7: message.getEncodingName() === "GSM-7" ? MAX_LENGTH - message.numberOfCharacters : null,
    other: MAX_SEGMENTS * SEGMENT.other - added.length,
  };
}

/** Asks whether a whole message keeps to the limit. */
export function fitsLimit(body: string): boolean {
  // Counting the segments of a long text takes seconds.
  return body.length <= MAX_LENGTH &&
    new SegmentedMessage(body, "auto").segmentsCount <= MAX_SEGMENTS;
}
