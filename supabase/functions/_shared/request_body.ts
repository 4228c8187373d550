/**
 * Reads a request's body without trusting its sender: not more than a limit, and not for ever.
 *
 * @module
 */

/** The most that a webhook may bring, in bytes. Twilio's own are below 10 kB. */
export const MAX_BODY_BYTES = 64 * 1024;

/** How long a sender may be silent, in ms. */
const MAX_SILENCE_MS = 10_000;

/**
 * Reads the body.
 *
 * @param request The request, its body unread.
 * @returns The bytes; `too_large` as soon as they exceed MAX_BODY_BYTES, and `stalled` when no byte
 * comes for 10 s or the connection breaks. In both cases nothing more is read.
 */
export async function readBody(
  request: Request,
): Promise<Uint8Array<ArrayBuffer> | "too_large" | "stalled"> {
  if (!request.body) return new Uint8Array();
  const reader = request.body.getReader();
  const bytes = new Uint8Array(MAX_BODY_BYTES);
  let length = 0;
  while (true) {
    const chunk = await nextChunk(reader);
    if (chunk === "stalled") {
      reader.cancel().catch(() => {});
      return "stalled";
    }
    if (chunk.done) return bytes.subarray(0, length);
    if (length + chunk.value.length > MAX_BODY_BYTES) {
      reader.cancel().catch(() => {});
      return "too_large";
    }
    bytes.set(chunk.value, length);
    length += chunk.value.length;
  }
}

async function nextChunk(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<ReadableStreamReadResult<Uint8Array> | "stalled"> {
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
