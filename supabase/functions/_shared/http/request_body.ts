/**
 * Reads a request's body within limits that the sender cannot change: bytes, form fields, silence.
 *
 * @module
 */

/** The most that a request may bring, in bytes. Twilio's own webhooks are below 10 kB. */
export const MAX_BODY_BYTES = 64 * 1024;

/** How long a sender may be silent, and how long it may take for all of it, in ms. */
const MAX_SILENCE_MS = 10_000;
const MAX_DURATION_MS = 30_000;

/** Twilio sends a body in one to three pieces; each piece costs a buffer of its own. */
const MAX_CHUNKS = 1_000;

const AMPERSAND = "&".charCodeAt(0);

/**
 * Reads the body. Whatever the bytes are, the work is one pass over them.
 *
 * @param request The request, its body unread.
 * @param maxFields How many fields a form may have, as the `&` between them count them; without
 *   it the body is no form.
 * @returns The bytes; `too_large` as soon as there are more than MAX_BODY_BYTES, more fields than
 *   maxFields, or more than 1,000 pieces; `stalled` when no byte comes for 10 s, when it takes longer
 *   than 30 s, or when the connection breaks. In the last two cases the rest stays unread.
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
  const endsAt = performance.now() + MAX_DURATION_MS;
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  let length = 0;
  let fields = 1;
  for (let chunks = 0;; chunks++) {
    const chunk = await nextChunk(reader, Math.min(MAX_SILENCE_MS, endsAt - performance.now()));
    if (chunk === "stalled") return refuse("stalled");
    if (chunk.done) return bytes?.subarray(0, length) ?? new Uint8Array();
    fields += separatorsIn(chunk.value, maxFields);
    if (
      length + chunk.value.length > MAX_BODY_BYTES || fields > maxFields || chunks >= MAX_CHUNKS
    ) {
      return refuse("too_large");
    }
    bytes = append(bytes, length, chunk.value);
    length += chunk.value.length;
  }
}

/** Keeps the first chunk as it is, and copies every later one: a chunk's buffer is 64 KiB large. */
function append(
  bytes: Uint8Array<ArrayBuffer> | undefined,
  length: number,
  chunk: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  if (!bytes) return chunk;
  let buffer = bytes;
  if (length + chunk.length > buffer.length) {
    buffer = new Uint8Array(MAX_BODY_BYTES);
    buffer.set(bytes.subarray(0, length));
  }
  buffer.set(chunk, length);
  return buffer;
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

async function nextChunk(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  withinMs: number,
): Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>> | "stalled"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<"stalled">((resolve) => {
    timer = setTimeout(() => resolve("stalled"), Math.max(0, withinMs));
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
