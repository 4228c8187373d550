/**
 * The fields of a webhook that no column has. Twilio adds fields without notice, so every field is kept but
 * those that are known to tell nothing.
 *
 * @see https://www.twilio.com/docs/messaging/guides/webhook-request
 * @module
 */
import type { TwilioForm } from "../webhook/twilio_form.ts";

/** Fields under Twilio's names; a repeated key has all its values. `_cut` says that values were cut. */
export type Metadata = Record<string, string | string[] | true>;

/** The most that one text's metadata takes as JSON, in bytes. */
export const MAX_METADATA_BYTES = 32 * 1024;

/** What says the same of every text, or is known from elsewhere. */
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

/** What a column has. */
const COLUMNS = new Set(["MessageSid", "From", "To", "Body"]);

/**
 * Collects the metadata of a form. Over {@link MAX_METADATA_BYTES} its values are cut, all to the same length;
 * the keys stay.
 *
 * @returns Nothing if there is none.
 */
export function metadataOf(form: TwilioForm): Metadata | undefined {
  const fields: [string, string | string[]][] = Object.entries(form).flatMap(([key, value]) => {
    const values = [value].flat().filter((text) => text !== "");
    if (values.length === 0 || BOILERPLATE.has(key)) return [];
    // Of a field that was given twice the column has only the first.
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

/** Cuts all values to the greatest length that fits; to nothing where the keys alone are too long. */
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

/** Without a prototype, so that a field named `__proto__` is a field like any other. */
function metadataFrom(fields: [string, string | string[]][]): Metadata {
  const metadata: Metadata = Object.create(null);
  for (const [key, value] of fields) metadata[key] = value;
  return metadata;
}

const encoder = new TextEncoder();

function bytesOf(metadata: Metadata): number {
  return encoder.encode(JSON.stringify(metadata)).length;
}
