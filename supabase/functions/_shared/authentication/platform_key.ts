/**
 * Whether the platform itself calls, with one of the project's secret keys: its server, or its schedule.
 *
 * @see https://supabase.com/docs/guides/api/api-keys
 * @module
 */
import { isOneOf } from "./compare_keys.ts";

/**
 * Prepares the check. It takes the same time for a wrong key as for a right one.
 *
 * sms-reconcile has a check of its own, because @supabase/server brings supabase-js: with it the upload
 * is larger than the 5 MB that `supabase functions deploy --use-api` takes.
 *
 * @param secretKeys The project's secret keys, which come in the header `apikey`.
 * @param legacyKey The service_role key of older projects, a JWT, which comes in `apikey` or as a bearer
 *   token. Without it no bearer token counts.
 * @returns Whether a request bears one of the keys.
 */
export function createIsPlatform(
  secretKeys: string[],
  legacyKey: string | undefined,
): (request: Request) => boolean {
  const legacyKeys = legacyKey ? [legacyKey] : [];
  return (request) => {
    const bearer = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    const byKey = isOneOf([...secretKeys, ...legacyKeys], request.headers.get("apikey"));
    const byToken = isOneOf(legacyKeys, bearer);
    return byKey || byToken;
  };
}
