/**
 * A request as the fuzzer makes it: ordinary or hostile, and independent of the stack that gets it.
 *
 * @module
 */
import type { Signature } from "./signatures.ts";

/** The two functions that Twilio calls. */
export type Webhook = "sms-inbound" | "sms-status";

/**
 * How the body travels.
 *
 * `length`: with its Content-Length. `chunked`: in pieces, without it. `stalled`: with its length, but
 * the last byte never comes. `aborted`: the connection breaks before the last byte.
 */
export type Delivery = "length" | "chunked" | "stalled" | "aborted";

/** What a Content-Type means to the webhooks. */
export interface ContentType {
  /** The header's value; nothing for no header. */
  header: string | undefined;
  means: "form" | "json" | "neither";
}

/** One request. */
export interface HostileRequest {
  webhook: Webhook;
  method: string;
  contentType: ContentType;
  /** Raw, with its question mark, or empty. */
  query: string;
  body: Uint8Array<ArrayBuffer>;
  signature: Signature;
  delivery: Delivery;
  userAgent: string | undefined;
}

/** The characters of a value that a description shows. */
const SHOWN = 400;

/** The request in words, to reproduce it by hand. It holds no signature and no key. */
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

/** The body as the webhooks read it: bytes that are no UTF-8 become U+FFFD. */
export function bodyText(body: Uint8Array<ArrayBuffer>): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(body);
}

function shortened(text: string): string {
  const short = text.slice(0, SHOWN);
  return text.length > SHOWN ? `${short}… (${text.length} characters)` : short;
}
