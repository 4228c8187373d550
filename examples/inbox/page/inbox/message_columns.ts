/**
 * The columns of a message row that hold its content. Two of them are JSON.
 *
 * @module
 */
import { z } from "zod/v3";

const Metadata = z.record(z.unknown()).nullable().catch(null);

const StoredMedia = z.object({
  /** Empty for an attachment whose URL Twilio has not sent. */
  url: z.string().catch(""),
  content_type: z.string().nullable().catch(null),
  /** Its place in the bucket `recruiting-media`, once it is stored there. */
  path: z.string().optional().catch(undefined),
  /** In bytes. */
  size: z.number().optional().catch(undefined),
  /** Why it was not stored, in plain words. */
  error: z.string().optional().catch(undefined),
});

/** An attachment of a message row. */
export type StoredMedia = z.infer<typeof StoredMedia>;

const Columns = z.object({
  body: z.string(),
  media: z.array(StoredMedia),
  metadata: Metadata,
});

/**
 * Parses a row's body, media and metadata.
 *
 * @throws {z.ZodError} If `media` is not an array of objects.
 */
export function columnsOf(
  row: { body: string; media: unknown; metadata: unknown },
): z.infer<typeof Columns> {
  return Columns.parse(row);
}

/** The recruit's profile name on WhatsApp, from the first of these messages that holds one. */
export function profileNameOf(messages: { metadata: unknown }[]): string | undefined {
  for (const { metadata } of messages) {
    const [name] = [Metadata.parse(metadata)?.ProfileName].flat();
    if (typeof name === "string" && name.trim() !== "") return name.trim();
  }
  return undefined;
}
