/**
 * The keys that act as service_role.
 *
 * @see https://supabase.com/docs/guides/functions/secrets
 * @module
 */

/**
 * Reads them by their names. Hosted functions get SUPABASE_SECRET_KEYS, a JSON object; older projects
 * only SUPABASE_SERVICE_ROLE_KEY.
 *
 * @param env The environment variables.
 */
export function readSecretKeys(env: Record<string, string | undefined>): Record<string, string> {
  const entries = Object.entries(parseObject(env.SUPABASE_SECRET_KEYS))
    .filter((entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "");
  const legacyKey = env.SUPABASE_SERVICE_ROLE_KEY?.trim();
  if (entries.length === 0 && legacyKey) return { default: legacyKey };
  return Object.fromEntries(entries);
}

/** Reads a JSON object; anything else counts as an empty one. */
function parseObject(text: string | undefined): object {
  try {
    const value: unknown = JSON.parse(text || "{}");
    return value && typeof value === "object" && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}
