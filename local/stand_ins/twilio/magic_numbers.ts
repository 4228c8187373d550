/**
 * Magic numbers, which make the stand-in fail in a chosen way. Further digits may follow each of
 * them, up to 15 in all, so that a test can have a number of its own.
 *
 * @see https://www.twilio.com/docs/iam/test-credentials
 * @module
 */
import type { Refusal } from "./errors.ts";
import type { Failure } from "./message_log.ts";

/** Values of From that are refused, as with Twilio's test credentials. */
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

/** Values of To that are refused, as with Twilio's test credentials. */
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

/** The treatment of a message to a recruit's number. */
export type Behaviour =
  /** Accepted, delivered and answered. */
  | { kind: "ordinary" }
  /** Refused, the first `times` calls to the number; every call if absent. */
  | { kind: "refused"; refusal: Refusal; times?: number }
  /** Not accepted, and the connection is dropped without an answer. */
  | { kind: "call_dropped" }
  /** Accepted and delivered, and the connection is dropped without an answer. */
  | { kind: "answer_dropped" }
  /** Accepted and delivered, and the answer is an error. */
  | { kind: "answer_error" }
  /** Accepted and delivered, and the answer takes LATE_MS. */
  | { kind: "answer_late" }
  /** Accepted and undelivered. The callback has the failure's code. */
  | { kind: "undelivered"; failure: Failure }
  /** Accepted and delivered. No webhook is called about it, or about texts from the number. */
  | { kind: "webhooks_lost" };

/** The refusal of calls above the rate limit. */
export const TOO_MANY_REQUESTS: Refusal = {
  code: 20429,
  status: 429,
  message: "Too many requests",
  headers: { "Retry-After": "1" },
};

/** The refusal of a call by a failing server. */
export const SERVER_ERROR: Refusal = {
  code: 20500,
  status: 500,
  message: "An internal server error has occurred",
};

/** The delay of a late answer, in ms: longer than a caller's time limit should be. */
export const LATE_MS = 20_000;

/** The prefix of this project's magic numbers. Four digits that name the behaviour follow. */
const OWN_PREFIX = "+1500556";

const OWN_TO: Record<string, Behaviour> = {
  /** 429 twice, then accepted. */
  "0429": { kind: "refused", refusal: TOO_MANY_REQUESTS, times: 2 },
  /** Always 429. */
  "1429": { kind: "refused", refusal: TOO_MANY_REQUESTS },
  /** 500, not accepted. */
  "0500": { kind: "refused", refusal: SERVER_ERROR },
  /** 500, but accepted and delivered. */
  "1500": { kind: "answer_error" },
  /** The connection drops, but the message is accepted and delivered. */
  "0000": { kind: "answer_dropped" },
  /** The connection drops, not accepted. */
  "1000": { kind: "call_dropped" },
  /** Accepted and delivered at once, answered after 20 s. */
  "0020": { kind: "answer_late" },
  /** Webhooks are lost: texts from the number and messages to it are in the log alone. */
  "0404": { kind: "webhooks_lost" },
  /** Undelivered: the phone is unreachable. */
  "3003": {
    kind: "undelivered",
    failure: { code: 30003, message: "Unreachable destination handset" },
  },
  /** Undelivered: filtered by the carrier. */
  "3007": { kind: "undelivered", failure: { code: 30007, message: "Message filtered" } },
  /** Undelivered: the toll-free number that sends is not verified. */
  "3032": {
    kind: "undelivered",
    failure: { code: 30032, message: "Toll-Free Number Has Not Been Verified" },
  },
  /** Undelivered: the recipient has opted out. */
  "2161": { kind: "undelivered", failure: { code: 21610, message: "Recipient has unsubscribed" } },
  /** 400, as for an invalid number. */
  "4000": {
    kind: "refused",
    refusal: { code: 21211, message: "The 'To' number is not a valid phone number" },
  },
};

/** The refusal of messages from a number; undefined for an ordinary number. */
export function refusalOfFrom(from: string): Refusal | undefined {
  return byPrefix(REFUSED_FROM, from)?.(from);
}

/** The behaviour for a recruit's number. @param phone The number without the channel's prefix. */
export function behaviourOf(phone: string): Behaviour {
  const refusal = byPrefix(REFUSED_TO, phone)?.(phone);
  if (refusal) return { kind: "refused", refusal };
  const digits = phone.startsWith(OWN_PREFIX)
    ? phone.slice(OWN_PREFIX.length, OWN_PREFIX.length + 4)
    : "";
  return Object.hasOwn(OWN_TO, digits) ? OWN_TO[digits] : { kind: "ordinary" };
}

/** The failure of an undelivered message; undefined for every other behaviour. */
export function failureOf(behaviour: Behaviour): Failure | undefined {
  return behaviour.kind === "undelivered" ? behaviour.failure : undefined;
}

function byPrefix<Value>(table: Record<string, Value>, phone: string): Value | undefined {
  return Object.entries(table).find(([prefix]) => phone.startsWith(prefix))?.[1];
}
