/**
 * A message's row as its words are made from it.
 *
 * @module
 */
import { z } from "zod/v3";

const Media = z.array(z.object({
  url: z.string(),
  content_type: z.string().nullable().catch(null),
}));

const Metadata = z.record(z.unknown()).nullable().catch(null);

/** What a message holds. */
export interface MessageParts {
  body: string;
  media: z.infer<typeof Media>;
  metadata: Record<string, unknown> | null;
}

/** Reads the columns that hold JSON. */
export function partsOf(
  { body, media, metadata }: { body: string; media: unknown; metadata: unknown },
): MessageParts {
  return { body, media: Media.parse(media), metadata: Metadata.parse(metadata) };
}

/** What WhatsApp calls the sender of the newest of these messages that tells it. */
export function profileNameOf(messages: { metadata: unknown }[]): string | undefined {
  for (const { metadata } of messages) {
    const [name] = [Metadata.parse(metadata)?.ProfileName].flat();
    if (typeof name === "string" && name.trim() !== "") return name.trim();
  }
  return undefined;
}
