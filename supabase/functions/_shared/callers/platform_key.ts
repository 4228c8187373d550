/**
 * Whether the platform itself calls: its server or its schedule, with one of the project's secret keys.
 *
 * @see https://supabase.com/docs/guides/api/api-keys
 * @module
 */
import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Prepares the check.
 *
 * @param secretKeys The project's secret keys, which come in the header `apikey`.
 * @param legacyKey The service_role key of older projects, a JWT, which also comes as a bearer token.
 * @returns Tells whether a request bears one of them; it takes as long for a wrong key as for a right one.
 */
export function createIsPlatform(
  secretKeys: string[],
  legacyKey: string | undefined,
): (request: Request) => boolean {
  const isOneOf = (keys: string[], given: string | null | undefined) =>
    given ? keys.filter((key) => isEqual(key, given)).length > 0 : false;
  const legacyKeys = legacyKey?.trim() ? [legacyKey.trim()] : [];
  return (request) => {
    const bearer = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    const byKey = isOneOf([...secretKeys, ...legacyKeys], request.headers.get("apikey"));
    const byToken = isOneOf(legacyKeys, bearer);
    return byKey || byToken;
  };
}

/** Compares digests, which are equally long, in constant time. */
function isEqual(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash("sha256").update(text).digest());
  return timingSafeEqual(a, b);
}
