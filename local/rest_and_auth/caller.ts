/**
 * As which role a request of /rest/v1 runs.
 *
 * @see https://supabase.com/docs/guides/api/api-keys
 * @module
 */
import { type Claims, verifyToken } from "../realtime/token.ts";
import { PUBLISHABLE_KEY, SECRET_KEY } from "../settings/keys.ts";

/** Who calls. */
export interface Caller {
  role: string;
  /** What the SQL functions auth.uid(), auth.role() and auth.jwt() read. */
  claims: { role: string } | Claims;
}

const ROLES = new Map([[PUBLISHABLE_KEY, "anon"], [SECRET_KEY, "service_role"]]);

/** The roles that a token may name. */
const ROLES_OF_TOKENS = ["anon", "authenticated", "service_role"];

/** A browser must not have the secret key: its requests with one are refused. */
const BROWSER = /^\s*Mozilla\//i;

/**
 * Reads a request's key and token.
 *
 * @returns Undefined for what must be refused, such as an unknown key or an expired token.
 */
export async function callerOf({ headers }: Request): Promise<Caller | undefined> {
  const key = headers.get("apikey") ?? "";
  const role = ROLES.get(key);
  if (!role) return undefined;
  if (key === SECRET_KEY && BROWSER.test(headers.get("user-agent") ?? "")) return undefined;
  const authorization = headers.get("authorization");
  if (authorization === null || authorization === `Bearer ${key}`) {
    return { role, claims: { role } };
  }
  const token = /^Bearer (\S+)$/.exec(authorization)?.[1];
  const claims = token && await verifyToken(token).catch(() => undefined);
  if (!claims || !ROLES_OF_TOKENS.includes(claims.role)) return undefined;
  return { role: claims.role, claims };
}
