/**
 * What a model's text must be like to be sent as a text message.
 *
 * @see https://www.twilio.com/docs/glossary/what-sms-character-limit
 * @module
 */
import { SegmentedMessage } from "sms-segments-calculator";

/** The most that one reply may take: 459 characters in GSM-7, 201 UTF-16 units in UCS-2. */
const MAX_SEGMENTS = 3;

/** What fits at most, in UTF-16 units. Counting the segments of a long text takes seconds. */
const MAX_LENGTH = 459;

/** How the reply is to be introduced. */
export interface Introduction {
  /** Whether the bot has never replied in the conversation. */
  isFirstReply: boolean;
  senderName: string | null;
}

/**
 * Makes the message of what the model wrote. To the first one is added, by the code and not by the
 * model, who writes, that it is automated, and how to stop it.
 *
 * @returns The message, or what is wrong with the text.
 */
export function composeReply(
  text: string,
  { isFirstReply, senderName }: Introduction,
): { body: string } | { problem: string } {
  const said = withoutControlCharacters(text).trim();
  if (!said) return { problem: "the text was empty" };
  const name = withoutControlCharacters(senderName ?? "").trim();
  const body = isFirstReply
    ? `This is ${
      name ? `the automated assistant of ${name}` : "an automated assistant"
    }. ${said}\nReply STOP to opt out`
    : said;
  if (body.length > MAX_LENGTH) {
    return { problem: `the text was too long: ${body.length} characters of ${MAX_LENGTH}` };
  }
  const { segmentsCount } = new SegmentedMessage(body, "auto");
  return segmentsCount > MAX_SEGMENTS
    ? { problem: `the text was too long: it took ${segmentsCount} segments of ${MAX_SEGMENTS}` }
    : { body };
}

/** Line feeds stay; everything else that a phone cannot show goes. */
export function withoutControlCharacters(text: string): string {
  return text.toWellFormed().replaceAll("\r\n", "\n").replace(/(?!\n)\p{Cc}/gu, "");
}
