/**
 * Reads a request's body within limits that the client cannot change: bytes, form fields, time.
 *
 * @module
 */

/** The largest body, in bytes. Twilio's own webhooks are below 10 kB. */
export const MAX_BODY_BYTES = 64 * 1024;

/** The longest time without a byte, in ms. */
const MAX_SILENCE_MS = 10_000;

/** The longest time for the whole body, in ms. */
const MAX_DURATION_MS = 30_000;

/** The most pieces of a small body: each costs a buffer of its own. Twilio sends a body in one to three. */
const MAX_CHUNKS = 1_000;

/** The least mean length of the pieces of a larger body, in bytes. */
const MIN_CHUNK_BYTES = 256;

const AMPERSAND = "&".charCodeAt(0);

/** Result of reading a body. */
export type Body =
  | { kind: "read"; bytes: Uint8Array<ArrayBuffer> }
  /** Too many bytes, pieces or form fields. The rest stays unread. */
  | { kind: "too_large" }
  /** No byte for 10 s, longer than 30 s in all, or a broken connection. The rest stays unread. */
  | { kind: "stalled" };

/**
 * Reads the body, in one pass over its bytes.
 *
 * @param request The request, its body unread.
 * @param maxFields The most fields of a form, counted by the `&` between them. Without it nothing is
 *   counted.
 * @param maxBytes The most bytes.
 */
export async function readBody(
  request: Request,
  maxFields = Infinity,
  maxBytes = MAX_BODY_BYTES,
): Promise<Body> {
  if (!request.body) return { kind: "read", bytes: new Uint8Array() };
  const reader = request.body.getReader();
  const stallTimer = startStallTimer(reader);
  const maxChunks = Math.max(MAX_CHUNKS, maxBytes / MIN_CHUNK_BYTES);
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  let length = 0;
  let fields = 1;
  try {
    for (let chunks = 0;; chunks++) {
      const { done, value: chunk } = await reader.read();
      if (stallTimer.hasFired()) return { kind: "stalled" };
      if (done) return { kind: "read", bytes: bytes?.subarray(0, length) ?? new Uint8Array() };
      stallTimer.renew();
      fields += separatorsIn(chunk, maxFields);
      if (length + chunk.length > maxBytes || fields > maxFields || chunks >= maxChunks) {
        cancel(reader);
        return { kind: "too_large" };
      }
      bytes = append(bytes, length, chunk, maxBytes);
      length += chunk.length;
    }
  } catch {
    // The connection has broken.
    return { kind: "stalled" };
  } finally {
    stallTimer.stop();
  }
}

type BodyReader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

/** Stops reading. A read in progress ends at once. */
function cancel(reader: BodyReader): void {
  reader.cancel().catch(() => {});
}

/** Starts the timer that cancels a body after MAX_SILENCE_MS without a byte, and after MAX_DURATION_MS in all. */
function startStallTimer(reader: BodyReader) {
  const endsAt = performance.now() + MAX_DURATION_MS;
  let stallsAt = performance.now() + MAX_SILENCE_MS;
  let hasFired = false;
  let timer: ReturnType<typeof setTimeout>;
  // One timer for the whole body: a chunk only moves the moment at which it is too late.
  const check = () => {
    const leftMs = Math.min(stallsAt, endsAt) - performance.now();
    if (leftMs > 0) {
      timer = setTimeout(check, leftMs);
      return;
    }
    hasFired = true;
    cancel(reader);
  };
  timer = setTimeout(check, MAX_SILENCE_MS);
  return {
    hasFired: () => hasFired,
    /** A chunk has come. */
    renew: () => void (stallsAt = performance.now() + MAX_SILENCE_MS),
    stop: () => clearTimeout(timer),
  };
}

/**
 * Appends a chunk. The first one is kept as it is and later ones are copied, because each chunk holds a
 * buffer of 64 KiB.
 */
function append(
  bytes: Uint8Array<ArrayBuffer> | undefined,
  length: number,
  chunk: Uint8Array<ArrayBuffer>,
  maxBytes: number,
): Uint8Array<ArrayBuffer> {
  if (!bytes) return chunk;
  let buffer = bytes;
  if (length + chunk.length > buffer.length) {
    const needed = Math.max(MAX_BODY_BYTES, 2 * (length + chunk.length));
    buffer = new Uint8Array(Math.min(needed, maxBytes));
    buffer.set(bytes.subarray(0, length));
  }
  buffer.set(chunk, length);
  return buffer;
}

/** Counts the `&` of a chunk, and stops after `enough` of them. */
function separatorsIn(chunk: Uint8Array, enough: number): number {
  let count = 0;
  if (enough === Infinity) return count;
  for (let at = chunk.indexOf(AMPERSAND); at !== -1; at = chunk.indexOf(AMPERSAND, at + 1)) {
    if (++count > enough) return count;
  }
  return count;
}
