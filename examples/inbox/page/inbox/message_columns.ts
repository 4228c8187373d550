/**
 * The columns of a message row that hold its content. Two of them are JSON.
 *
 * @module
 */
import { z } from "zod/v3";

const Metadata = z.record(z.unknown()).nullable().catch(null);

const Columns = z.object({
  body: z.string(),
  media: z.array(z.object({
    url: z.string(),
    content_type: z.string().nullable().catch(null),
  })),
  metadata: Metadata,
});

/**
 * Parses a row's body, media and metadata.
 *
 * @throws {z.ZodError} If `media` is not an array of objects with a URL.
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
