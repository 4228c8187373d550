/**
 * Pictures that an agent attaches. They go to a private bucket, and Twilio gets an address that is valid for a day.
 *
 * @see https://supabase.com/docs/reference/javascript/storage-from-upload
 * @see https://www.twilio.com/docs/messaging/guides/accepted-mime-types
 * @module
 */
import type { Supabase } from "./conversations.ts";
import { ATTACHMENTS_BUCKET, EXTENSIONS } from "./message_attachments.ts";

/** The most files that Twilio takes with one message. */
const MAX_FILES = 10;

/** The most bytes that Twilio takes with one message. */
const MAX_BYTES = 5 * 1024 * 1024;

/** How long Twilio may read the file, in seconds. */
const VALID_SECONDS = 24 * 60 * 60;

/** What the file field accepts. */
export const ACCEPTED_TYPES = Object.keys(EXTENSIONS).join(",");

/** A picture that is attached and was not sent yet. */
export interface OutgoingFile {
  id: string;
  file: File;
  /** An address that this page alone may load. */
  preview: string;
  /** The address for Twilio, once it is uploaded. A retry must send the same one. */
  url?: string;
}

/** Attaches a file. */
export function attach(file: File): OutgoingFile {
  return { id: crypto.randomUUID(), file, preview: URL.createObjectURL(file) };
}

/** Frees the preview of a file that is no longer shown. */
export function discard({ preview }: OutgoingFile): void {
  URL.revokeObjectURL(preview);
}

/** Why these files cannot go with one message, in a sentence; undefined if they can. */
export function problemOf(files: File[]): string | undefined {
  const wrong = files.find(({ type }) => !Object.hasOwn(EXTENSIONS, type));
  if (wrong) return `“${wrong.name}” is no JPEG, PNG or GIF picture.`;
  if (files.length > MAX_FILES) return `A message takes at most ${MAX_FILES} pictures.`;
  const total = files.reduce((sum, { size }) => sum + size, 0);
  return total > MAX_BYTES ? "The pictures of a message may have at most 5 MB." : undefined;
}

/**
 * Uploads a file as the agent, once.
 *
 * @returns The address for Twilio.
 * @throws {Error} In a sentence for the agent, if Storage refuses or cannot be reached.
 */
export async function uploaded(
  supabase: Supabase,
  conversationId: string,
  outgoing: OutgoingFile,
): Promise<string> {
  if (outgoing.url) return outgoing.url;
  const bucket = supabase.storage.from(ATTACHMENTS_BUCKET);
  const path = `${conversationId}/${outgoing.id}.${EXTENSIONS[outgoing.file.type]}`;
  const { error } = await bucket.upload(path, outgoing.file, { contentType: outgoing.file.type });
  // An earlier attempt whose answer was lost has uploaded it.
  if (error && !/already exists/i.test(error.message)) {
    throw new Error(`The picture was not uploaded: ${error.message}.`);
  }
  const { data, error: signError } = await bucket.createSignedUrl(path, VALID_SECONDS);
  if (signError) throw new Error(`The picture has no address: ${signError.message}.`);
  return outgoing.url = data.signedUrl;
}
