/**
 * One HTTP request, with every way in which it can end.
 *
 * @module
 */
import { parseJson } from "../parse_json.ts";

/** How a request ended. */
export type HttpAnswer =
  | {
    kind: "answer";
    status: number;
    /** The body's JSON; undefined for any other body. */
    json: unknown;
    /** Whether the body is an HTML page. */
    isHtml: boolean;
    /** Where a redirect leads. */
    location: string | undefined;
  }
  | { kind: "no_answer"; reason: string };

/** The longest time until the whole answer is there, in ms. */
const REQUEST_LIMIT_MS = 10_000;

/**
 * Sends a request. Redirects are not followed, because Twilio does not follow them for a POST either.
 *
 * @returns How it ended. It never rejects.
 */
export async function ask(
  url: string,
  init: RequestInit = {},
  limitMs = REQUEST_LIMIT_MS,
): Promise<HttpAnswer> {
  try {
    const response = await fetch(url, {
      ...init,
      redirect: "manual",
      signal: AbortSignal.timeout(limitMs),
    });
    const text = await response.text();
    return {
      kind: "answer",
      status: response.status,
      json: parseJson(text),
      isHtml: /^\s*<(!doctype|html)/i.test(text),
      location: response.headers.get("location") ?? undefined,
    };
  } catch (error) {
    return { kind: "no_answer", reason: reasonOf(error, limitMs) };
  }
}

/** Says why there is no answer. Deno's messages quote the URL, so only their kind is said. */
function reasonOf(error: unknown, limitMs: number): string {
  if (!(error instanceof Error)) return "unknown";
  if (error.name === "TimeoutError") return `no answer within ${limitMs / 1000} s`;
  // Deno says more in the cause.
  const message = error.cause instanceof Error ? error.cause.message : error.message;
  if (/dns error|lookup address/i.test(message)) return "its host name does not resolve";
  if (/refused/i.test(message)) return "the connection is refused";
  if (/certificate/i.test(message)) return "its TLS certificate is not valid";
  if (/tls|handshake/i.test(message)) return "the TLS handshake fails";
  if (/reset|closed|eof/i.test(message)) return "the connection is closed before the answer";
  return `the connection fails (${error.name})`;
}
