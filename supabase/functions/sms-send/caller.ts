/**
 * Who calls: the platform's server, with the project's secret key, or a signed-in user, with a
 * token of Supabase Auth.
 *
 * @see https://supabase.com/docs/guides/functions/auth
 * @module
 */
import { extractCredentials, verifyCredentials } from "@supabase/server/core";
import { createClient } from "@supabase/supabase-js";
import type { Configuration } from "../_shared/configuration/configuration.ts";

/** Who calls. */
export type Caller = { kind: "platform" } | { kind: "user"; id: string };

/** Finds out who sent a request. Nobody is nothing. */
export type IdentifyCaller = (request: Request) => Promise<Caller | "unavailable" | undefined>;

/** Prepares the two ways in. */
export function createIdentifyCaller(
  { supabaseUrl, secretKey, secretKeys }: Configuration,
): IdentifyCaller {
  const { auth } = createClient(supabaseUrl, secretKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  });
  return async (request) => {
    const credentials = extractCredentials(request);
    const platform = await verifyCredentials(credentials, {
      auth: "secret:*",
      env: { url: supabaseUrl, secretKeys },
    });
    if (!platform.error) return { kind: "platform" };

    // getClaims, because @supabase/server refuses HS256 tokens without a key id, which older
    // projects sign.
    if (!credentials.token || credentials.token.startsWith("sb_")) return undefined;
    // It throws where the token is no JWT at all.
    const { data, error } = await auth.getClaims(credentials.token)
      .catch(() => ({ data: null, error: null }));
    if (error?.name === "AuthRetryableFetchError") return "unavailable";
    const id = data?.claims.role === "authenticated" ? data.claims.sub : undefined;
    return id ? { kind: "user", id } : undefined;
  };
}
