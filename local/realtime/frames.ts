/**
 * The frames of Realtime's websocket protocol, version 2.0.0.
 *
 * @see https://supabase.com/docs/guides/realtime/protocol
 * @module
 */

import { parseJson } from "../parse_json.ts";

/** A client's frame: join_ref, ref, topic, event, payload. */
export interface ClientFrame {
  joinRef: string | null;
  ref: string | null;
  topic: string;
  event: string;
  payload: unknown;
}

/** The kind of a binary frame with a client's broadcast. */
const USER_BROADCAST_PUSH = 3;

/** The kind of a binary frame with a broadcast to clients. */
const USER_BROADCAST = 4;

const JSON_ENCODING = 1;

/**
 * Parses a client's frame.
 *
 * @returns Undefined for malformed data, which the hosted server ignores, too.
 */
export function parseFrame(data: string | ArrayBuffer): ClientFrame | undefined {
  if (typeof data !== "string") return parsePush(new Uint8Array(data));
  const frame = parseJson(data);
  if (!Array.isArray(frame) || frame.length < 5) return undefined;
  const [joinRef, ref, topic, event, payload] = frame;
  if (typeof topic !== "string" || typeof event !== "string") return undefined;
  return { joinRef, ref, topic, event, payload };
}

/**
 * A binary frame: kind, five lengths, encoding, then join_ref, ref, topic, event, meta and payload.
 */
function parsePush(bytes: Uint8Array): ClientFrame | undefined {
  const [kind, ...lengths] = bytes;
  if (kind !== USER_BROADCAST_PUSH || bytes.length < 7) return undefined;
  let offset = 7;
  const [joinRef, ref, topic] = lengths.slice(0, 3).map((length) =>
    new TextDecoder().decode(bytes.subarray(offset, offset += length))
  );
  return { joinRef, ref, topic, event: "broadcast", payload: {} };
}

/** Writes a text frame. */
export function textFrame(
  joinRef: string | null,
  ref: string | null,
  topic: string,
  event: string,
  payload: unknown,
): string {
  return JSON.stringify([joinRef, ref, topic, event, payload]);
}

/**
 * Writes a broadcast from the database.
 *
 * @param topic The topic with its prefix `realtime:`.
 * @param event The event's name.
 * @param id The row's id, which becomes meta.id.
 * @param payload The payload as jsonb prints it.
 * @returns Undefined if the topic or the event is longer than 255 bytes, the frame's limit.
 */
export function broadcastFrame(
  topic: string,
  event: string,
  id: string,
  payload: string,
): Uint8Array<ArrayBuffer> | undefined {
  const encoder = new TextEncoder();
  const names = [topic, event, JSON.stringify({ id })].map((name) => encoder.encode(name));
  if (names.some(({ length }) => length > 255)) return undefined;
  const segments = [
    [USER_BROADCAST, ...names.map(({ length }) => length), JSON_ENCODING],
    ...names,
    encoder.encode(payload),
  ];
  const frame = new Uint8Array(segments.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const segment of segments) {
    frame.set(segment, offset);
    offset += segment.length;
  }
  return frame;
}
