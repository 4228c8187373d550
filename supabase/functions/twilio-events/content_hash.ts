/**
 * An id for what has none of its own: a hash of its content, the same in whatever order the content comes.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Json } from "../_shared/webhook/map_texts.ts";

/** The id of a form: of its pairs in sorted order. */
export function hashOfForm(form: Record<string, string | string[]>): string {
  const pairs = Object.entries(form).flatMap(([key, value]) =>
    [value].flat().map((one) => JSON.stringify([key, one]))
  );
  return hashOf(pairs.sort().join());
}

/** The id of JSON: of its members in sorted order, at each depth. */
export function hashOfJson(json: Json): string {
  return hashOf(sorted(json));
}

function hashOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

function sorted(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(sorted).join()}]`;
  const members = Object.keys(value).sort().map((key) =>
    `${JSON.stringify(key)}:${sorted(value[key])}`
  );
  return `{${members.join()}}`;
}
