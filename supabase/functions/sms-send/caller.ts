/**
 * Who calls: the platform's server, with one of the project's secret keys, or a signed-in user, with a
 * token of Supabase Auth.
 *
 * @see https://supabase.com/docs/guides/functions/auth
 * @module
 */
import { extractCredentials, verifyCredentials } from "@supabase/server/core";
import { createClient } from "@supabase/supabase-js";
import type { Configuration } from "../_shared/configuration/configuration.ts";

/** Who may send. */
export type Caller = { kind: "platform" } | { kind: "user"; id: string };

/** Who sent a request, as far as that can be known. */
export type IdentifiedCaller =
  | Caller
  /** Neither a secret key nor a valid token. */
  | { kind: "unknown" }
  /** Supabase Auth cannot be reached to check the token. */
  | { kind: "auth_unreachable" };

/** Identifies the caller of a request. */
export type IdentifyCaller = (request: Request) => Promise<IdentifiedCaller>;

/** Prepares the check of keys and tokens. */
export function createIdentifyCaller(
  { supabaseUrl, secretKey, secretKeys }: Configuration,
): IdentifyCaller {
  const { auth } = createClient(supabaseUrl, secretKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  });
  return async (request) => {
    const credentials = extractCredentials(request);
    const { error: keyError } = await verifyCredentials(credentials, {
      auth: "secret:*",
      env: { secretKeys },
    });
    if (!keyError) return { kind: "platform" };

    const { token } = credentials;
    if (!token || token.startsWith("sb_")) return { kind: "unknown" };
    // Not the check of @supabase/server, because that refuses the HS256 tokens without a key id that
    // older projects sign. getClaims throws for a token that does not have the form of a JWT.
    const { data, error } = await auth.getClaims(token).catch(() => ({ data: null, error: null }));
    if (error?.name === "AuthRetryableFetchError") return { kind: "auth_unreachable" };
    const id = data?.claims.role === "authenticated" ? data.claims.sub : undefined;
    return id ? { kind: "user", id } : { kind: "unknown" };
  };
}
