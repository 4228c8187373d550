/**
 * The project's secret keys, which act as service_role.
 *
 * @see https://supabase.com/docs/guides/functions/secrets
 * @module
 */
import type { SecretKeyVariables } from "../configuration/environment.ts";

/**
 * Reads the secret keys. Hosted functions get SUPABASE_SECRET_KEYS, a JSON object of keys by name. Without
 * one there SUPABASE_SERVICE_ROLE_KEY counts, the only key of older projects.
 *
 * @param variables The variables that hold them.
 * @param warnings Gets a line for each key that cannot stand in an HTTP header.
 * @returns The keys by their names.
 */
export function readSecretKeys(
  { SUPABASE_SECRET_KEYS, SUPABASE_SERVICE_ROLE_KEY }: SecretKeyVariables,
  warnings: string[],
): Record<string, string> {
  const usable = (keys: object, variable: string) =>
    Object.entries(keys).flatMap(([name, value]) => {
      const key = typeof value === "string" ? value.trim() : "";
      if (key === "") return [];
      if (/^[\x21-\x7e]+$/.test(key)) return [[name, key]];
      warnings.push(
        `${variable}: the key "${name}" is not used, because it has a character that no HTTP header can hold`,
      );
      return [];
    });
  const keys = usable(parseObject(SUPABASE_SECRET_KEYS), "SUPABASE_SECRET_KEYS");
  return Object.fromEntries(
    keys.length > 0
      ? keys
      : usable({ default: SUPABASE_SERVICE_ROLE_KEY }, "SUPABASE_SERVICE_ROLE_KEY"),
  );
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
