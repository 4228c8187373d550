/**
 * The attachments of a message row, as the thread shows them.
 *
 * @module
 */
import { type Attachment, isShownAsPicture, nameOfAttachment } from "../thread/attachment.ts";
import type { StoredMedia } from "./message_columns.ts";
import type { SignedUrls } from "./signed_urls.ts";

/** Private; what recruits have attached, copied from Twilio. */
const MEDIA_BUCKET = "recruiting-media";

/** Private; what agents attach: `<conversation_id>/<uuid>.<ext>`. */
export const ATTACHMENTS_BUCKET = "recruiting-attachments";

const SIGNED_ATTACHMENT = /\/storage\/v1\/object\/sign\/recruiting-attachments\/([^?]+)/;

/** Shows what a recruit has attached. It has no path until due work has copied it to Storage. */
export function inboundAttachment(
  { content_type, path, size, error }: StoredMedia,
  signedUrls: SignedUrls,
): Attachment {
  const name = nameOfAttachment(content_type, isShownAsPicture(content_type) ? undefined : size);
  if (error) return { kind: "failed", name, reason: error };
  if (path) return storedAttachment(MEDIA_BUCKET, path, content_type, name, signedUrls);
  return { kind: "opening", name };
}

/** Shows what was sent to a recruit: an agent's file in Storage, or a file of the platform's. */
export function outboundAttachment(
  { url, content_type }: StoredMedia,
  signedUrls: SignedUrls,
): Attachment {
  const path = pathIn(url);
  if (path === undefined) {
    return { kind: "link", name: nameOfAttachment(content_type ?? "image/*"), url };
  }
  const type = content_type ?? typeByExtension(path);
  return storedAttachment(
    ATTACHMENTS_BUCKET,
    path,
    type,
    nameOfAttachment(type),
    signedUrls,
  );
}

/** The object that a signed URL names; undefined for any other URL, also for one that is malformed. */
function pathIn(url: string): string | undefined {
  try {
    const [, path] = SIGNED_ATTACHMENT.exec(url) ?? [];
    return path && decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function storedAttachment(
  bucket: string,
  path: string,
  contentType: string | null,
  name: string,
  signedUrls: SignedUrls,
): Attachment {
  const signed = signedUrls.of(bucket, path);
  switch (signed.kind) {
    case "opening":
      return { kind: "opening", name };
    case "failed":
      return { kind: "failed", name, reason: signed.reason };
    case "signed":
      return { kind: isShownAsPicture(contentType) ? "picture" : "file", name, src: signed.url };
  }
}

/** The type of an agent's file, which the row does not have. */
function typeByExtension(path: string): string | null {
  const extension = path.split(".").at(-1);
  return Object.entries(EXTENSIONS).find(([, known]) => known === extension)?.[0] ?? null;
}

/** What agents may attach, with the extension of its object. */
export const EXTENSIONS: Record<string, string> = {
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/gif": "gif",
};
