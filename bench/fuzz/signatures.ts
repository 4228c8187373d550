/**
 * The signatures of requests: Twilio's, made by its SDK, and those of attackers.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * @module
 */
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import { bodyText, type HostileRequest, type Webhook } from "./hostile_request.ts";

/** The base URL and the key of a valid signature. */
export interface Signer {
  /** The functions' public base URL, without a slash at its end. */
  baseUrl: string;
  authToken: string;
}

/** A form's fields. A repeated field has an array of its values. */
export type SignedFields = Record<string, string | string[]>;

/** The input of a signature. */
interface Signed {
  signer: Signer;
  webhook: Webhook;
  query: string;
  fields: SignedFields;
}

const sign = ({ signer, webhook, query, fields }: Signed, slash = "") =>
  getExpectedTwilioSignature(
    signer.authToken,
    `${signer.baseUrl}/${webhook}${slash}${query}`,
    fields,
  );

/** The values of the signature header, by name. */
const SIGNATURES = {
  "valid": (signed) => [sign(signed)],
  "valid for the URL with a slash": (signed) => [sign(signed, "/")],
  "absent": () => [],
  "empty": () => [""],
  "truncated": (signed) => [sign(signed).slice(0, -1)],
  "of another key": (signed) => [sign({ ...signed, signer: another(signed, "another-key") })],
  "of the empty key": (signed) => [sign({ ...signed, signer: another(signed, "") })],
  "for another host": (signed) => [
    sign({ ...signed, signer: { ...signed.signer, baseUrl: "https://example.com/functions/v1" } }),
  ],
  "for the other webhook": (signed) => [
    sign({ ...signed, webhook: signed.webhook === "sms-inbound" ? "sms-status" : "sms-inbound" }),
  ],
  "for another query": (signed) => [
    sign({ ...signed, query: `${signed.query}${signed.query ? "&" : "?"}x=1` }),
  ],
  "for another body": (signed) => [
    sign({ ...signed, fields: Object.assign(Object.create(null), signed.fields, { Body: "x" }) }),
  ],
  "in another case": (signed) => [sign(signed).toUpperCase()],
  "given twice": (signed) => [sign(signed), sign(signed)],
  "beside another": (signed) => [sign(signed), sign({ ...signed, query: "?x=1" })],
  "very long": (signed) => [sign(signed) + "A".repeat(4_000)],
  "not in ASCII": () => ["\u00e4".repeat(28)],
  "of SHA-256": (signed) => [
    createHmac("sha256", signed.signer.authToken).update(signed.query).digest("base64"),
  ],
  "of nothing": () => [Buffer.alloc(20).toString("base64")],
} satisfies Record<string, (signed: Signed) => string[]>;

/** The name of a signature. */
export type Signature = keyof typeof SIGNATURES;

/** All names of signatures. */
export const SIGNATURE_NAMES = Object.keys(SIGNATURES) as Signature[];

/** Makes the header's values, and decides whether they are Twilio's for this request. */
export function signatureOf(
  request: HostileRequest,
  signer: Signer,
): { values: string[]; isValid: boolean } {
  const { webhook, query, contentType, signature } = request;
  const fields = contentType.means === "json" ? {} : fieldsOf(bodyText(request.body));
  const signed = { signer, webhook, query, fields };
  const values = SIGNATURES[signature](signed);
  // The value decides, and not the name: a signature for another body of JSON is the same.
  const isValid = values.length === 1 && [sign(signed), sign(signed, "/")].includes(values[0]);
  return { values, isValid };
}

/** Parses a form's fields as Twilio's SDK takes them. */
export function fieldsOf(form: string): SignedFields {
  const values = Map.groupBy(new URLSearchParams(form), ([name]) => name);
  const fields: SignedFields = Object.create(null);
  for (const [name, pairs] of values) {
    fields[name] = pairs.length === 1 ? pairs[0][1] : pairs.map(([, value]) => value);
  }
  return fields;
}

function another({ signer }: Signed, authToken: string): Signer {
  return { ...signer, authToken };
}
