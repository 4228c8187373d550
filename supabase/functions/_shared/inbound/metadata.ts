/**
 * The fields of a webhook that have no column. Twilio adds fields without notice, so every field is kept
 * except known boilerplate.
 *
 * @see https://www.twilio.com/docs/messaging/guides/webhook-request
 * @module
 */
import type { TwilioForm } from "../webhook/twilio_form.ts";

/** Fields under Twilio's names. A repeated field has all its values. `_cut` says that values were cut. */
export type Metadata = Record<string, string | string[] | true>;

/** The largest metadata of one text as JSON, in bytes. */
export const MAX_METADATA_BYTES = 32 * 1024;

/** Fields that are the same for every text, or repeat what another field or column holds. */
const BOILERPLATE = new Set([
  "AccountSid",
  "ApiVersion",
  "SmsSid",
  "SmsMessageSid",
  "SmsStatus",
  "NumMedia",
  "NumSegments",
  "MessagingServiceSid",
  ...["From", "To"].flatMap((side) =>
    ["City", "State", "Zip", "Country"].map((part) => side + part)
  ),
]);

/** Fields with a column. */
const COLUMNS = new Set(["MessageSid", "From", "To", "Body"]);

/**
 * Collects the metadata of a form. Over {@link MAX_METADATA_BYTES} all values are cut to the same length, and
 * the keys stay.
 *
 * @returns The metadata; undefined if there is none.
 */
export function metadataOf(form: TwilioForm): Metadata | undefined {
  const fields: [string, string | string[]][] = Object.entries(form).flatMap(([key, value]) => {
    if (BOILERPLATE.has(key)) return [];
    const values = [value].flat().filter((text) => text !== "");
    if (values.length === 0) return [];
    // The column of a field that was given twice holds the first value only.
    if (values.length === 1 && hasColumn(key, form)) return [];
    return [[key, values.length === 1 ? values[0] : values]];
  });
  if (fields.length === 0) return undefined;
  const whole = metadataFrom(fields);
  return bytesOf(whole) <= MAX_METADATA_BYTES ? whole : cut(fields);
}

function hasColumn(key: string, form: TwilioForm): boolean {
  if (COLUMNS.has(key)) return true;
  const [, index] = /^Media(?:Url|ContentType)(\d{1,3})$/.exec(key) ?? [];
  return index !== undefined && form[`MediaUrl${index}`] !== undefined;
}

/** Cuts all values to the greatest length that fits. If the keys alone are too long, all values are empty. */
function cut(fields: [string, string | string[]][]): Metadata {
  const cutTo = (length: number): Metadata => {
    const short = (text: string) => text.slice(0, length).toWellFormed();
    const metadata = metadataFrom(
      fields.map(([key, value]) => [key, Array.isArray(value) ? value.map(short) : short(value)]),
    );
    metadata._cut = true;
    return metadata;
  };
  let [fits, tooLong] = [0, MAX_METADATA_BYTES];
  while (tooLong - fits > 1) {
    const length = Math.floor((fits + tooLong) / 2);
    if (bytesOf(cutTo(length)) <= MAX_METADATA_BYTES) fits = length;
    else tooLong = length;
  }
  return cutTo(fits);
}

/** The object has no prototype, so that a field named `__proto__` is a field like any other. */
function metadataFrom(fields: [string, string | string[]][]): Metadata {
  const metadata: Metadata = Object.create(null);
  for (const [key, value] of fields) metadata[key] = value;
  return metadata;
}

const encoder = new TextEncoder();

function bytesOf(metadata: Metadata): number {
  return encoder.encode(JSON.stringify(metadata)).length;
}
