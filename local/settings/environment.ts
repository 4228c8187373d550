/**
 * The environment of the Edge Functions: the platform's variables, supabase/functions/.env, and
 * this process's environment, which wins.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { MODEL_NAME } from "../stand_ins/model/model_name.ts";
import { apiUrl, databaseUrl, modelUrl, type Ports, twilioUrl } from "./addresses.ts";
import { legacyKey, PUBLISHABLE_KEY, SECRET_KEY } from "./keys.ts";

const FOLDER = fileURLToPath(
  new URL("../../supabase/functions/", import.meta.url),
);
const EXAMPLE = join(FOLDER, ".env.example");

/** The path of the functions' variables, which `createEnvFile` creates. */
export const ENV_FILE = join(FOLDER, ".env");

/**
 * Creates supabase/functions/.env from .env.example, unless it exists.
 *
 * @throws {Error} If this user may not write there. The message says what to do.
 */
export async function createEnvFile(): Promise<void> {
  const text = await Deno.readTextFile(EXAMPLE);
  await Deno.writeTextFile(ENV_FILE, text, { createNew: true, mode: 0o600 }).catch((error) => {
    if (error instanceof Deno.errors.AlreadyExists) return;
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    throw new Error(
      `${ENV_FILE} cannot be created: permission denied. Make its folder writable for this user, or copy .env.example to .env yourself`,
      { cause: error },
    );
  });
}

/**
 * Reads the developer's settings: the variables of .env.example and of an env file.
 *
 * @param envFile The file's path; supabase/functions/.env by default.
 * @returns The settings. A variable of the process environment wins; one that is empty there is
 *   left out. A variable that is empty in the file stays empty, and functionEnvironment() fills it in.
 */
export async function readSettings(envFile = ENV_FILE): Promise<Record<string, string>> {
  const settings = { ...await exampleSettings(), ...await readEnvFile(envFile) };
  for (const variable of Object.keys(settings)) {
    const value = Deno.env.get(variable);
    if (value === "") delete settings[variable];
    else if (value !== undefined) settings[variable] = value;
  }
  return settings;
}

/** Reads the settings of .env.example alone, for a stack that must not depend on this machine. */
export function exampleSettings(): Promise<Record<string, string>> {
  return readEnvFile(EXAMPLE);
}

/**
 * Reads the variables of an env file. In place of .env, which the first start makes, it reads .env.example where there is
 * none yet.
 *
 * @throws {Deno.errors.NotFound} If there is no other file.
 */
export async function readEnvFile(path: string): Promise<Record<string, string>> {
  const text = await Deno.readTextFile(path).catch((error) => {
    if (path === ENV_FILE && error instanceof Deno.errors.NotFound) {
      return Deno.readTextFile(EXAMPLE);
    }
    throw error;
  });
  const variables = Object.entries(parseEnv(text));
  return Object.fromEntries(variables.map(([name, value]) => [name, value ?? ""]));
}

/**
 * Makes the complete environment of the functions.
 *
 * @param ports The stack's ports.
 * @param settings The result of `readSettings`.
 * @see https://supabase.com/docs/guides/functions/secrets
 */
export async function functionEnvironment(
  ports: Ports,
  settings: Record<string, string>,
): Promise<Record<string, string>> {
  const url = apiUrl(ports);
  return {
    ...settings,
    ...standInSettings(ports, settings),
    TWILIO_WEBHOOK_BASE_URL: [
      settings.TWILIO_WEBHOOK_BASE_URL,
      `${url}/functions/v1`,
    ]
      .filter(Boolean).join(","),
    SUPABASE_URL: url,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: PUBLISHABLE_KEY }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: SECRET_KEY }),
    SUPABASE_JWKS: JSON.stringify({ keys: [] }),
    SUPABASE_DB_URL: databaseUrl(ports),
    SUPABASE_ANON_KEY: await legacyKey("anon"),
    SUPABASE_SERVICE_ROLE_KEY: await legacyKey("service_role"),
  };
}

/** The stand-ins' addresses, for each address that .env leaves empty. */
function standInSettings(
  ports: Ports,
  { TWILIO_API_BASE_URL, LLM_BASE_URL, LLM_MODEL }: Record<string, string>,
): Record<string, string> {
  return {
    ...(TWILIO_API_BASE_URL === "" ? { TWILIO_API_BASE_URL: twilioUrl(ports) } : {}),
    ...(LLM_BASE_URL === "" ? { LLM_BASE_URL: modelUrl(ports) } : {}),
    // Only the stand-in serves a model of this name, so the base URL must be the stand-in's.
    ...(LLM_BASE_URL === "" && LLM_MODEL === "" ? { LLM_MODEL: MODEL_NAME } : {}),
  };
}
