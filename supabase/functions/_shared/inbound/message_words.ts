/**
 * Words for a text that has none of its own: a location, a pressed button, a picture.
 *
 * `client/message_words.ts` does the same, because a deploy takes only `supabase/functions` along,
 * and a front end copies only `client`. One table of cases holds both files to the same words.
 *
 * @see https://www.twilio.com/docs/messaging/guides/webhook-request
 * @module
 */

/** What a message holds, as its row and its broadcast have it. */
export interface MessageColumns {
  body: string;
  media: { content_type: string | null }[];
  /** Twilio's field names; a repeated field has all its values. */
  metadata?: Record<string, unknown> | null;
}

/** White space, and what no screen shows, such as a zero-width space or a Hangul filler. */
const BLANK = /^[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/** Whether a text shows nothing: it is white space and invisible characters at most. */
export function isBlank(text: string): boolean {
  return BLANK.test(text);
}

/**
 * What people and the model read of a message.
 *
 * @returns The body as it is, unless it is blank. For a blank one: `[location: …]`, `[button: …]`
 *   and a line for each medium, such as `[image/jpeg]`; `[no text]` if there is none of these.
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

/** `[location: Label, Address (latitude, longitude)]`, without the parts that are missing. */
function locationWords(metadata: MessageColumns["metadata"]): string | undefined {
  const names = [fieldOf(metadata, "Label"), fieldOf(metadata, "Address")];
  const point = [fieldOf(metadata, "Latitude"), fieldOf(metadata, "Longitude")];
  const place = names.filter((name) => name !== undefined).join(", ");
  const coordinates = point.includes(undefined) ? "" : `(${point.join(", ")})`;
  const parts = [place, coordinates].filter((part) => part !== "");
  return parts.length > 0 ? `[location: ${parts.join(" ")}]` : undefined;
}

function buttonWords(metadata: MessageColumns["metadata"]): string | undefined {
  const button = fieldOf(metadata, "ButtonText") ?? fieldOf(metadata, "ButtonPayload");
  return button === undefined ? undefined : `[button: ${button}]`;
}

/** A field's first value, if it shows anything. */
function fieldOf(metadata: MessageColumns["metadata"], name: string): string | undefined {
  return oneLine([metadata?.[name]].flat()[0]);
}

function oneLine(value: unknown): string | undefined {
  if (typeof value !== "string" || isBlank(value)) return undefined;
  return value.trim().replaceAll(/\s+/g, " ");
}
