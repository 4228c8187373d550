/**
 * The published keys of every local Supabase, and the account of the stand-in for Twilio. They are valid for a
 * stack on loopback alone.
 *
 * @see https://supabase.com/docs/guides/local-development
 * @module
 */
import { SignJWT } from "jose";

export const PUBLISHABLE_KEY = "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH";
export const SECRET_KEY = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz";
export const JWT_SECRET = "super-secret-jwt-token-with-at-least-32-characters-long";

/** The account of the stand-in for Twilio, which Twilio itself does not have. */
export const LOCAL_ACCOUNT_SID = `AC${"0".repeat(32)}`;

/**
 * Makes a legacy API key, a JWT with a role, which publishable and secret keys replace.
 *
 * @param role `anon` or `service_role`.
 * @returns The key, valid until the year 2100.
 */
export function legacyKey(role: "anon" | "service_role"): Promise<string> {
  return new SignJWT({ role, iss: "supabase-demo" })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuedAt(1_700_000_000)
    .setExpirationTime(4_102_444_800)
    .sign(new TextEncoder().encode(JWT_SECRET));
}
