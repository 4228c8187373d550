/**
 * Words for a message without text: a location, a pressed button, a picture.
 *
 * The Edge Functions have a copy, because a front end copies this folder alone and a deploy takes
 * only `supabase/functions` along. One table of test cases keeps both to the same words.
 *
 * @see https://www.twilio.com/docs/messaging/guides/webhook-request
 * @module
 */

/** The columns of a message that words are made from, in its row and in its broadcast. */
export interface MessageColumns {
  body: string;
  media: { content_type: string | null }[];
  /** Twilio's fields by Twilio's names: a string, or an array of strings for a repeated field. */
  metadata?: Record<string, unknown> | null | undefined;
}

/** White space and invisible characters, such as a zero-width space or a Hangul filler. */
const BLANK = /^[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/**
 * Tests whether a text shows nothing on a screen.
 *
 * @param text Any text.
 * @returns True for an empty text, and for one of white space and invisible characters.
 */
export function isBlank(text: string): boolean {
  return BLANK.test(text);
}

/**
 * Describes a message in words, for people and for the model.
 *
 * @param message The message's columns.
 * @returns The body, unless it is blank. For a blank one the lines `[location: …]`, `[button: …]`
 *   and one for each picture or file, such as `[image/jpeg]`; `[no text]` when there is none of
 *   these.
 */
export function messageWords({ body, media, metadata }: MessageColumns): string {
  if (!isBlank(body)) return body;
  const words = [
    locationWords(metadata),
    buttonWords(metadata),
    ...media.map(({ content_type }) => `[${oneLine(content_type) ?? "attachment"}]`),
  ].filter((line) => line !== undefined);
  return words.length > 0 ? words.join("\n") : "[no text]";
}

/** `[location: Label, Address (latitude, longitude)]`, without the fields that are missing. */
function locationWords(metadata: MessageColumns["metadata"]): string | undefined {
  const names = [fieldOf(metadata, "Label"), fieldOf(metadata, "Address")];
  const point = [fieldOf(metadata, "Latitude"), fieldOf(metadata, "Longitude")];
  const place = names.filter((name) => name !== undefined).join(", ");
  const coordinates = point.includes(undefined) ? "" : `(${point.join(", ")})`;
  const words = [place, coordinates].filter((word) => word !== "");
  return words.length > 0 ? `[location: ${words.join(" ")}]` : undefined;
}

function buttonWords(metadata: MessageColumns["metadata"]): string | undefined {
  const button = fieldOf(metadata, "ButtonText") ?? fieldOf(metadata, "ButtonPayload");
  return button === undefined ? undefined : `[button: ${button}]`;
}

/** A field's first value, unless it is blank. */
function fieldOf(metadata: MessageColumns["metadata"], name: string): string | undefined {
  return oneLine([metadata?.[name]].flat()[0]);
}

function oneLine(value: unknown): string | undefined {
  if (typeof value !== "string" || isBlank(value)) return undefined;
  return value.trim().replaceAll(/\s+/g, " ");
}
