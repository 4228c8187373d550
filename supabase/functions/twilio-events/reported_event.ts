/**
 * What Twilio reports, as the database receives it: `recruiting_receive_twilio_events` reads these fields.
 *
 * @module
 */
import type { Enums } from "../_shared/database/database.types.ts";
import { storableText } from "../_shared/database/storable_text.ts";
import type { Verdict } from "../_shared/opt_out/judge_text.ts";
import { type Channel, splitAddress } from "../_shared/twilio/channel_address.ts";
import { type Json, mapTexts } from "../_shared/webhook/map_texts.ts";
import { passwordRemover, withoutUserInfo } from "../_shared/webhook/url_password.ts";
import { withoutRequestHeaders } from "./request_headers.ts";

/** What is kept of an event. */
export interface KeptEvent {
  /** Twilio's own id, or a hash. */
  id: string;
  kind: Exclude<Enums<"recruiting_twilio_event_kind">, "refused">;
  /** The type of a CloudEvent. */
  type?: string;
  resource_sid?: string;
  level?: Enums<"recruiting_twilio_event_level">;
  error_code?: string;
  /** The URL of ours that an error names, without query and password. */
  url?: string;
  /** The addresses that it names, without the channel's prefix. */
  phones: string[];
  /** When it happened, ISO 8601. Of a text it is the time of arrival, unless it is in the future. */
  occurred_at?: string;
  payload: Json;
}

/** The fields of a message's event. A refused one is kept with those that it shares with {@link KeptEvent}. */
interface MessageEvent
  extends Pick<KeptEvent, "id" | "type" | "phones" | "occurred_at" | "payload"> {
  resource_sid: string;
  message_sid: string;
  channel: Channel;
  /** Who texted or was texted, without the channel's prefix. */
  recruit_phone: string;
  /** Our side, split: it shows whether the event is ours. */
  our_channel: Channel;
  our_address: string;
}

/** An outbound message has changed its status: the status step. */
export interface StatusEvent extends MessageEvent {
  step: "status";
  twilio_status: string;
  error_code?: string;
  /** The row that the callback's URL names: `recruiting_messages.id`. */
  message_id?: string;
}

/** A recruit has texted: the inbound step. */
export interface TextEvent extends MessageEvent {
  step: "text";
  twilio_phone: string;
  body: string;
  num_media?: number;
  /** JSON text. */
  metadata?: string;
  num_segments?: number;
  verdict: Verdict;
  consent_source?: "keyword" | "wording";
}

/** One event for the database. */
export type ReportedEvent = StatusEvent | TextEvent | ({ step: "keep" } & KeptEvent);

/** Cleans what is stored: a function of the configured base URLs. */
export interface Cleaner {
  /** Replaces what Postgres cannot hold, and takes out the passwords of the base URLs. */
  clean(value: Json): Json;
  /**
   * The same, and takes out the headers of requests, and user and password of every text that is a URL: for what is no
   * message.
   */
  cleanKept(value: Json): Json;
  /** Whether a URL begins with one of the base URLs, whatever their passwords. */
  isOurs(url: string): boolean;
}

/** Prepares the cleaning. */
export function createCleaner(baseUrls: string[]): Cleaner {
  const removePasswords = passwordRemover(baseUrls);
  const ours = baseUrls.map(withoutUserInfo);
  const clean = (value: Json) => removePasswords(mapTexts(value, storableText));
  return {
    clean,
    cleanKept: (value) => withoutRequestHeaders(mapTexts(clean(value), withoutUserInfo)),
    isOurs: (url) => ours.some((base) => withoutUserInfo(url).startsWith(`${base}/`)),
  };
}

/**
 * The form of every SID: two capitals and 1 to 32 letters or digits. It is bounded because Twilio signs names and
 * values without separators.
 */
export function isSid(value: unknown): value is string {
  return typeof value === "string" && /^[A-Z]{2}[0-9A-Za-z]{1,32}$/.test(value);
}

/** A SID; undefined for anything else. */
export function sidIn(value: unknown): string | undefined {
  return isSid(value) ? value : undefined;
}

/** The form of every status, bounded for the same reason. */
export function isStatus(value: unknown): value is string {
  return typeof value === "string" && /^[0-9A-Za-z_-]{1,32}$/.test(value);
}

/** An error code of Twilio's, given as a text or a number; undefined for anything else. */
export function errorCodeIn(value: unknown): string | undefined {
  const code = typeof value === "number" ? String(value) : value;
  return typeof code === "string" && /^\d{1,6}$/.test(code) ? code : undefined;
}

/**
 * A time as Twilio writes it, ISO 8601 or RFC 2822.
 *
 * @returns ISO 8601; undefined for what is no time between the years 1 and 9999.
 */
export function timeIn(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const time = new Date(value);
  if (Number.isNaN(time.getTime())) return undefined;
  const year = time.getUTCFullYear();
  return year >= 1 && year <= 9999 ? time.toISOString() : undefined;
}

/** The addresses among some values, each once, without the channel's prefix. */
export function phonesIn(values: unknown[]): string[] {
  const addresses = values.flat().flatMap((value) =>
    typeof value === "string" && value !== "" && value.length <= 255
      ? [splitAddress(value).address]
      : []
  );
  return [...new Set(addresses)];
}
