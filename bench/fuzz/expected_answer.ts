/**
 * The webhooks' contract: the expected answer to each request, in the order of the checks.
 *
 * It is written from the documents and shares no code with the webhooks, so that a mistake in
 * either shows.
 *
 * @module
 */
import { getExpectedBodyHash } from "twilio/lib/webhooks/webhooks.js";
import { parseJson } from "../../local/parse_json.ts";
import { bodyText, type HostileRequest } from "./hostile_request.ts";
import { fieldsOf, type SignedFields } from "./signatures.ts";

/** The limits of a request: the body in bytes, and the fields of a form. */
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

/** An expected answer: its HTTP status, and for 200 the allowed status words. */
export interface Expected {
  status: number;
  words: string[];
  /** Whether it may come while the body is still being sent. */
  isEarly: boolean;
}

/** A request with its signature header. */
export interface SentRequest {
  request: HostileRequest;
  /** The values of X-Twilio-Signature. */
  signatures: string[];
  /** Whether the header is Twilio's for this request. */
  isSigned: boolean;
}

/** Determines the answer that the contract requires. */
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

/** The request's MessageSid, if it has a valid one. */
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

/** The fields of a JSON object. A nested value counts as empty. */
function fieldsOfJson(text: string): SignedFields {
  const fields: SignedFields = Object.create(null);
  const json = parseJson(text);
  if (typeof json !== "object" || json === null || Array.isArray(json)) return fields;
  const plain = (value: unknown) => typeof value === "object" ? "" : String(value);
  for (const [name, value] of Object.entries(json)) {
    fields[name] = Array.isArray(value) ? value.map(plain) : plain(value);
  }
  return fields;
}
