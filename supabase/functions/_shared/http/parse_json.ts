/**
 * Parsing of JSON that may be invalid. What the webhooks load before their first answer parses for itself: each module
 * costs a cold start.
 *
 * @module
 */
import type { Json } from "../webhook/map_texts.ts";

/** Parses JSON text; undefined if it is none. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
