/**
 * Reads what Twilio's debugger reports, by its webhook or by Event Streams: both have the same payload.
 *
 * @see https://www.twilio.com/docs/usage/troubleshooting/debugging-event-webhooks
 * @module
 */
import type { Json } from "../_shared/webhook/map_texts.ts";
import { withoutUserInfo } from "../_shared/webhook/url_password.ts";
import { type Cleaner, errorCodeIn, type KeptEvent, phonesIn, sidIn } from "./reported_event.ts";

/** What a debugger's payload says. */
export type DebuggerReport =
  & Pick<
    KeptEvent,
    "resource_sid" | "error_code" | "url" | "phones"
  >
  & {
    /** The payload, as JSON where it is JSON. */
    payload: Json;
  };

/**
 * Reads a debugger's payload.
 *
 * @param text The payload, which is JSON text.
 * @param cleaner Tells which URLs are ours.
 */
export function readDebuggerPayload(text: unknown, cleaner: Cleaner): DebuggerReport {
  const payload = cleaner.clean(parsed(text));
  const request = member(member(payload, "webhook"), "request");
  const info = member(payload, "more_info");
  const parameters = member(request, "parameters");
  return {
    resource_sid: sidIn(member(payload, "resource_sid")),
    error_code: errorCodeIn(member(payload, "error_code")),
    url: ourUrl(
      [member(info, "url"), member(info, "Url"), member(info, "URL"), member(request, "url")],
      cleaner,
    ),
    phones: phonesIn([member(parameters, "From"), member(parameters, "To")]),
    payload,
  };
}

/** The level as it is stored; undefined for any other. */
export function levelIn(value: unknown): KeptEvent["level"] {
  const level = typeof value === "string" ? value.toLowerCase() : undefined;
  return level === "error" || level === "warning" ? level : undefined;
}

/** The first of some URLs that is ours, without query and password. */
export function ourUrl(urls: unknown[], cleaner: Cleaner): string | undefined {
  const url = urls.find((url): url is string => typeof url === "string" && cleaner.isOurs(url));
  return url && withoutUserInfo(url).replace(/[?#].*$/s, "");
}

/** A member of an object; undefined where there is none. */
export function member(value: Json | undefined, name: string): Json | undefined {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** JSON text as JSON. Of a text that is no JSON, such as one that was cut, what comes before headers stays. */
function parsed(text: unknown): Json {
  if (typeof text !== "string") return (text ?? null) as Json;
  try {
    return JSON.parse(text);
  } catch {
    return text.split(/headers/i)[0];
  }
}
