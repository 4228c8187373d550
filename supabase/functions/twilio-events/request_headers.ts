/**
 * Takes the headers of requests out of what is kept: they hold Twilio's signature, and may hold credentials.
 *
 * @module
 */
import type { Json } from "../_shared/webhook/map_texts.ts";

/** Removes the member `headers` of every member `request`, at any depth, also in a text that is JSON. */
export function withoutRequestHeaders(value: Json): Json {
  if (typeof value === "string") return cleanText(value);
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(withoutRequestHeaders);
  const cleaned: { [key: string]: Json } = Object.create(null);
  for (const [key, item] of Object.entries(value)) {
    cleaned[key] = withoutRequestHeaders(key === "request" ? withoutHeaders(item) : item);
  }
  return cleaned;
}

function withoutHeaders(request: Json): Json {
  if (request === null || typeof request !== "object" || Array.isArray(request)) return request;
  const { headers: _, ...kept } = request;
  return kept;
}

/** Of JSON that was cut, or is nested too deep, what comes before the headers stays. */
function cleanText(text: string): string {
  const requestAt = /^[[{"]/.test(text) ? text.indexOf("request") : -1;
  const headersAt = requestAt === -1 ? -1 : text.indexOf("headers", requestAt);
  if (headersAt === -1) return text;
  try {
    return JSON.stringify(withoutRequestHeaders(JSON.parse(text)));
  } catch {
    return text.slice(0, headersAt);
  }
}
