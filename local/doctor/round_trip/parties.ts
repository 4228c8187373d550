/**
 * What a round trip uses and no recruit has: two numbers and Twilio's ids.
 *
 * @module
 */

/** The recruit's name of the conversation, by which it is known. */
export const CONVERSATION_NAME = "doctor";

/** How both numbers begin. No phone has one: in North America no exchange begins with 0. */
export const NUMBER_PREFIX = "+1555019";

/** Digits after the prefix: as many as E.164 has room for, so that two doctors never choose the same. */
export const NUMBER_DIGITS = 8;

/** The ids of one round trip. Two round trips at once have different ones. */
export interface Parties {
  /** E.164. */
  recruitPhone: string;
  /** E.164; no row of recruiting_senders has it. */
  twilioPhone: string;
  /** The MessageSid of the text. */
  textSid: string;
  /** The MessageSid that the statuses name, which no message has. */
  statusSid: string;
  /** The id of the event. */
  eventId: string;
}

/** Chooses the ids at random. */
export function newParties(): Parties {
  return {
    recruitPhone: randomNumber(),
    twilioPhone: randomNumber(),
    textSid: newSid("SM"),
    statusSid: newSid("SM"),
    eventId: newSid("EV"),
  };
}

function randomNumber(): string {
  const [random] = crypto.getRandomValues(new Uint32Array(1));
  return NUMBER_PREFIX + String(random % 10 ** NUMBER_DIGITS).padStart(NUMBER_DIGITS, "0");
}

function newSid(prefix: string): string {
  return prefix + crypto.randomUUID().replaceAll("-", "");
}
