/**
 * Reads a request's body within limits that the sender cannot change: bytes, form fields, silence.
 *
 * @module
 */

/** The most that a request may bring, in bytes. Twilio's own webhooks are below 10 kB. */
export const MAX_BODY_BYTES = 64 * 1024;

/** How long a sender may be silent, in ms. */
const MAX_SILENCE_MS = 10_000;

const AMPERSAND = "&".charCodeAt(0);

/**
 * Reads the body. Whatever the bytes are, the work is one pass over them.
 *
 * @param request The request, its body unread.
 * @param maxFields How many fields a form may have, as the `&` between them count them; without
 *   it the body is no form.
 * @returns The bytes; `too_large` as soon as there are more than MAX_BODY_BYTES or more fields than
 *   maxFields; `stalled` when no byte comes for 10 s or the connection breaks. In the last two cases
 *   the rest stays unread.
 */
export async function readBody(
  request: Request,
  maxFields = Infinity,
): Promise<Uint8Array<ArrayBuffer> | "too_large" | "stalled"> {
  if (!request.body) return new Uint8Array();
  const reader = request.body.getReader();
  const refuse = <Reason>(reason: Reason): Reason => {
    reader.cancel().catch(() => {});
    return reason;
  };
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  let fields = 1;
  while (true) {
    const chunk = await nextChunk(reader);
    if (chunk === "stalled") return refuse("stalled");
    if (chunk.done) return chunks.length === 1 ? chunks[0] : joined(chunks, length);
    length += chunk.value.length;
    fields += separatorsIn(chunk.value, maxFields);
    if (length > MAX_BODY_BYTES || fields > maxFields) return refuse("too_large");
    chunks.push(chunk.value);
  }
}

/** Counts the `&` of a chunk, and stops counting after `enough` of them. */
function separatorsIn(chunk: Uint8Array, enough: number): number {
  let count = 0;
  if (enough === Infinity) return count;
  for (let at = chunk.indexOf(AMPERSAND); at !== -1; at = chunk.indexOf(AMPERSAND, at + 1)) {
    if (++count > enough) return count;
  }
  return count;
}

function joined(chunks: Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

async function nextChunk(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
): Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>> | "stalled"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<"stalled">((resolve) => {
    timer = setTimeout(() => resolve("stalled"), MAX_SILENCE_MS);
  });
  try {
    return await Promise.race([
      reader.read().catch(() => "stalled" as const),
      silence,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
