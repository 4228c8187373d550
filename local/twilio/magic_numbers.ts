/**
 * Numbers that make the stand-in misbehave, so that what Twilio rarely does can be tried at will.
 * Further digits may follow each of them, up to E.164's 15, so that there are many.
 *
 * @see https://www.twilio.com/docs/iam/test-credentials
 * @module
 */
import type { Refusal } from "./errors.ts";
import type { Failure } from "./message_log.ts";

/** Refused senders, as with Twilio's own test credentials. */
const REFUSED_FROM: Record<string, (from: string) => Refusal> = {
  "+15005550001": (from) => ({
    code: 21212,
    message: `The 'From' number ${from} is not a valid phone number`,
  }),
  "+15005550007": (from) => ({
    code: 21606,
    message: `The 'From' number ${from} is not a number of this account that can send messages`,
  }),
  "+15005550008": (from) => ({
    code: 21611,
    message: `The 'From' number ${from} has reached the limit of queued messages`,
  }),
};

/** Refused recipients, as with Twilio's own test credentials. */
const REFUSED_TO: Record<string, (to: string) => Refusal> = {
  "+15005550001": (to) => ({
    code: 21211,
    message: `The 'To' number ${to} is not a valid phone number`,
  }),
  "+15005550002": (to) => ({
    code: 21612,
    message: `The 'To' number ${to} cannot be reached from this 'From' number`,
  }),
  "+15005550003": (to) => ({
    code: 21408,
    message: `Permission to send to the region of the 'To' number ${to} has not been enabled`,
  }),
  "+15005550004": () => ({
    code: 21610,
    message: "Attempt to send to a recipient who has unsubscribed",
  }),
  "+15005550009": (to) => ({
    code: 21614,
    message: `The 'To' number ${to} is not a mobile number`,
  }),
};

/** What happens to a message. */
export interface Behaviour {
  /** It is not accepted, and this is the answer. */
  refusal?: Refusal;
  /** How often it is refused, to one number, before all is well; always, if absent. */
  refusals?: number;
  /** What becomes of the answer, when it is not the ordinary one. */
  answer?: "dropped" | "error" | "late";
  /** It is not accepted, and the connection is dropped without an answer. */
  isLost?: boolean;
  /** It is not delivered, and a callback tells why. */
  failure?: Failure;
  /** Twilio calls no webhook about it, and none about texts from the number. */
  losesWebhooks?: boolean;
}

/** The answer to calls that come too fast. */
export const TOO_MANY_REQUESTS: Refusal = {
  code: 20429,
  status: 429,
  message: "Too many requests",
  headers: { "Retry-After": "1" },
};

/** The answer of a server that is ill. */
export const SERVER_ERROR: Refusal = {
  code: 20500,
  status: 500,
  message: "An internal server error has occurred",
};

/** How long a late answer takes, in ms: longer than any caller should wait. */
export const LATE_MS = 20_000;

/** The project's own numbers begin like this; four digits that name the behaviour follow. */
const OWN_PREFIX = "+1500556";

const OWN_TO: Record<string, Behaviour> = {
  /** 429 twice, then accepted. */
  "0429": { refusal: TOO_MANY_REQUESTS, refusals: 2 },
  /** Always 429. */
  "1429": { refusal: TOO_MANY_REQUESTS },
  /** 500, not accepted. */
  "0500": { refusal: SERVER_ERROR },
  /** 500, but accepted and delivered. */
  "1500": { answer: "error" },
  /** The connection drops, but the message is accepted and delivered. */
  "0000": { answer: "dropped" },
  /** The connection drops, not accepted. */
  "1000": { isLost: true },
  /** Accepted and delivered at once, answered after 20 s. */
  "0020": { answer: "late" },
  /** Twilio loses its webhooks: texts from it and messages to it are in the log alone. */
  "0404": { losesWebhooks: true },
  /** Undelivered: the phone is unreachable. */
  "3003": { failure: { code: 30003, message: "Unreachable destination handset" } },
  /** Undelivered: filtered by the carrier. */
  "3007": { failure: { code: 30007, message: "Message filtered" } },
  /** Undelivered: the recipient has opted out. */
  "2161": { failure: { code: 21610, message: "Recipient has unsubscribed" } },
  /** 400, for a number that is none. */
  "4000": { refusal: { code: 21211, message: "The 'To' number is not a valid phone number" } },
};

/** Why nothing can be sent from a number, if it is such a one. */
export function refusalOfSender(from: string): Refusal | undefined {
  return byPrefix(REFUSED_FROM, from)?.(from);
}

/** What happens to messages of a recruit's number; nothing unusual to all others. */
export function behaviourOf(phone: string): Behaviour {
  const refusal = byPrefix(REFUSED_TO, phone)?.(phone);
  if (refusal) return { refusal };
  const digits = phone.startsWith(OWN_PREFIX)
    ? phone.slice(OWN_PREFIX.length, OWN_PREFIX.length + 4)
    : "";
  return Object.hasOwn(OWN_TO, digits) ? OWN_TO[digits] : {};
}

function byPrefix<Value>(table: Record<string, Value>, phone: string): Value | undefined {
  return Object.entries(table).find(([prefix]) => phone.startsWith(prefix))?.[1];
}
