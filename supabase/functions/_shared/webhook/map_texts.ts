/**
 * Changes the texts of JSON.
 *
 * @module
 */

/** A JSON value, or a form. */
export type Json = null | string | number | boolean | Json[] | { [key: string]: Json };

/** The depth below which JSON is cut off: neither this code nor Postgres follows it without end. */
const MAX_DEPTH = 100;

/**
 * Maps every text and every key of a value. The objects have no prototype, so that a key `__proto__` is one like any
 * other.
 *
 * @returns The new value. What is nested deeper than 100 levels is null.
 */
export function mapTexts(value: Json, map: (text: string) => string, depth = 0): Json {
  if (typeof value === "string") return map(value);
  if (value === null || typeof value !== "object") return value;
  if (depth === MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, map, depth + 1));
  const mapped: { [key: string]: Json } = Object.create(null);
  for (const [key, item] of Object.entries(value)) {
    mapped[map(key)] = mapTexts(item, map, depth + 1);
  }
  return mapped;
}
