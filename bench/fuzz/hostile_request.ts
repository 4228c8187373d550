/**
 * A request of the fuzzer, ordinary or hostile. It does not depend on the stack that receives it.
 *
 * @module
 */
import type { Signature } from "./signatures.ts";

/** The two functions that Twilio calls. */
export type Webhook = "sms-inbound" | "sms-status";

/**
 * How the body travels.
 *
 * `length`: with its Content-Length. `chunked`: in chunks, without it. `stalled`: with its length,
 * and the last byte is never sent. `aborted`: the connection breaks before the last byte.
 */
export type Delivery = "length" | "chunked" | "stalled" | "aborted";

/** A Content-Type, and its meaning for the webhooks. */
export interface ContentType {
  /** The header's value; undefined for no header. */
  header: string | undefined;
  means: "form" | "json" | "neither";
}

/** One request. */
export interface HostileRequest {
  webhook: Webhook;
  method: string;
  contentType: ContentType;
  /** The raw query with its question mark, or an empty string. */
  query: string;
  body: Uint8Array<ArrayBuffer>;
  signature: Signature;
  delivery: Delivery;
  userAgent: string | undefined;
}

/** The number of characters of a value that a description shows. */
const SHOWN = 400;

/**
 * Describes a request, so that it can be reproduced by hand. The text holds no signature and no
 * key.
 */
export function describeRequest(request: HostileRequest): string {
  const { webhook, method, contentType, query, body, signature, delivery, userAgent } = request;
  return [
    `${method} /functions/v1/${webhook}${shortened(query)}`,
    `Content-Type: ${contentType.header ?? "(none)"}`,
    `User-Agent: ${userAgent ?? "(none)"}`,
    `X-Twilio-Signature: (${signature})`,
    `Body, ${body.length} bytes, delivery "${delivery}": ${
      shortened(JSON.stringify(bodyText(body)))
    }`,
  ].join("\n");
}

/** Decodes a body as the webhooks do: bytes that are not UTF-8 become U+FFFD. */
export function bodyText(body: Uint8Array<ArrayBuffer>): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(body);
}

function shortened(text: string): string {
  const short = text.slice(0, SHOWN);
  return text.length > SHOWN ? `${short}… (${text.length} characters)` : short;
}
