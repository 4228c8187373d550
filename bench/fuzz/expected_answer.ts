/**
 * The webhooks' contract: what each request must be answered, in the order in which it is checked.
 *
 * It is written from the documents, apart from the webhooks' code, so that a fault of one shows.
 *
 * @module
 */
import { getExpectedBodyHash } from "twilio/lib/webhooks/webhooks.js";
import { bodyText, type HostileRequest } from "./hostile_request.ts";
import { fieldsOf, type SignedFields } from "./signatures.ts";

/** The largest body, in bytes, and the most fields of a form. */
const MAX_BYTES = 65_536;
const MAX_FIELDS = 200;

/** The codes of the documented errors. */
export const ERROR_CODES: Record<number, string> = {
  401: "UNAUTHORIZED",
  405: "METHOD_NOT_ALLOWED",
  408: "REQUEST_TIMEOUT",
  413: "PAYLOAD_TOO_LARGE",
  415: "UNSUPPORTED_MEDIA_TYPE",
};

/** An answer: its HTTP status, and for 200 the words that it may hold. */
export interface Expected {
  status: number;
  words: string[];
  /** Whether it may come while the body is still being sent. */
  isEarly: boolean;
}

/** A request whose header is known. */
export interface SentRequest {
  request: HostileRequest;
  /** The values of X-Twilio-Signature. */
  signatures: string[];
  /** Whether Twilio could have made that header for this request. */
  isSigned: boolean;
}

/** What the request must be answered. */
export function expectedAnswer({ request, signatures, isSigned }: SentRequest): Expected {
  const { method, contentType, delivery, webhook, query } = request;
  const refused = (status: number, isEarly = false) => ({ status, words: [], isEarly });
  if (method !== "POST") return refused(405, true);
  if (contentType.means === "neither") return refused(415, true);
  if (delivery !== "chunked" && request.body.length > MAX_BYTES) return refused(413, true);
  if (signatures.join("") === "") return refused(401, true);

  const isForm = contentType.means === "form";
  const arriving = delivery === "stalled" ? request.body.subarray(0, -1) : request.body;
  const fields = 1 + arriving.filter((byte) => byte === "&".charCodeAt(0)).length;
  if (arriving.length > MAX_BYTES || (isForm && fields > MAX_FIELDS)) return refused(413, true);
  if (delivery === "stalled") return refused(408);

  const text = bodyText(request.body);
  const hash = new URLSearchParams(query).get("bodySHA256");
  if (!isSigned || (!isForm && hash !== getExpectedBodyHash(text))) return refused(401);
  const form = isForm ? fieldsOf(text) : fieldsOfJson(text);
  const words = webhook === "sms-inbound" ? wordsForText(form) : wordsForStatus(form);
  return { status: 200, words, isEarly: false };
}

/** The request's MessageSid, where it has one that is stored. */
export function messageSidOf({ contentType, body }: HostileRequest): string | undefined {
  const text = bodyText(body);
  const { MessageSid } = contentType.means === "json" ? fieldsOfJson(text) : fieldsOf(text);
  return isSid(MessageSid) ? MessageSid : undefined;
}

function wordsForText({ MessageSid, From, To }: SignedFields): string[] {
  return isSid(MessageSid) && isGiven(From) && isGiven(To)
    ? ["received", "no_conversation"]
    : ["ignored"];
}

function wordsForStatus({ MessageSid, MessageStatus }: SignedFields): string[] {
  const isStatus = typeof MessageStatus === "string" && /^[a-z_]{1,32}$/.test(MessageStatus);
  return isSid(MessageSid) && isStatus ? ["updated", "ignored"] : ["ignored"];
}

function isSid(value: string | string[] | undefined): value is string {
  return typeof value === "string" && /^[A-Z]{2}[0-9A-Za-z]{1,32}$/.test(value);
}

function isGiven(value: string | string[] | undefined): boolean {
  return typeof value === "string" && value !== "";
}

/** The fields of a JSON object; what is nested in it counts as empty. */
function fieldsOfJson(text: string): SignedFields {
  const fields: SignedFields = Object.create(null);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return fields;
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) return fields;
  const plain = (value: unknown) => typeof value === "object" ? "" : String(value);
  for (const [name, value] of Object.entries(json)) {
    fields[name] = Array.isArray(value) ? value.map(plain) : plain(value);
  }
  return fields;
}
