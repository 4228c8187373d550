/**
 * The real Supabase CLI, run through npx: its package has one binary for each platform, and npm
 * takes only the one that is needed.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** The version that the project is built and tested with. */
export const SUPABASE_CLI = "supabase@3.1.0";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Runs the CLI in the project's folder.
 *
 * @param args Its arguments.
 * @param env What it finds in its environment, beside this process's.
 * @returns What it printed on standard output.
 * @throws {Error} With what it printed, if it fails.
 */
export async function supabaseCli(
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("npx", {
    args: ["--yes", SUPABASE_CLI, ...args],
    cwd: ROOT,
    env: {
      DO_NOT_TRACK: "1",
      SUPABASE_TELEMETRY_DISABLED: "1",
      // Without this, npx asks the registry each time, and a machine without a network cannot start.
      npm_config_prefer_offline: "true",
      ...env,
    },
    stdin: "null",
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) {
    throw new Error(
      `supabase ${args[0]} ${args[1]} failed:\n${out}${err}`.trim(),
    );
  }
  return out;
}

/** The address of a database on loopback, as the CLI's --remote takes it: without TLS. */
export function remote(databaseUrl: string): string {
  return `--remote=${databaseUrl}?sslmode=disable`;
}
