/**
 * Compares what a caller presents with the keys that are valid.
 *
 * @see https://nodejs.org/api/crypto.html#cryptotimingsafeequala-b
 * @module
 */
import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Whether a text is one of the keys. It is compared with every key, also after one is equal: the time must depend
 * neither on which key it is nor on how much of one is right.
 *
 * @param keys The keys. None of them is empty.
 * @param given What the caller presents.
 */
export function isOneOf(keys: string[], given: string | null | undefined): boolean {
  return given ? keys.filter((key) => isEqual(key, given)).length > 0 : false;
}

/** Compares digests, because they are equally long, in constant time. */
function isEqual(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash("sha256").update(text).digest());
  return timingSafeEqual(a, b);
}
