/**
 * The Supabase CLI, run by npx: its package has a binary for each platform, and npm installs the
 * one for this machine.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** The package and version of the CLI. */
export const SUPABASE_CLI = "supabase@3.1.0";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Without this, npx asks the registry each time, and a machine without a network cannot start. */
const OFFLINE = { npm_config_prefer_offline: "true" };

/**
 * The CLI has Bun inside. In the second that a command takes, Bun's optimizing compiler uses more CPU time than
 * it saves.
 */
const WITHOUT_OPTIMIZING = { BUN_JSC_useDFGJIT: "0" };

/** The environment variable with the CLI's file, for processes that need not ask npx. */
const CLI_PATH = "SUPABASE_CLI_PATH";

/**
 * Asks npx once for this process and all that it starts, unless the process that started this one has:
 * npx takes longer than most of the CLI's commands.
 *
 * @throws {Error} With what npx printed, if it has no CLI.
 */
export async function findSupabaseCli(): Promise<void> {
  if (Deno.env.get(CLI_PATH)) return;
  const { success, stdout, stderr } = await new Deno.Command("npx", {
    args: ["--yes", "--package", SUPABASE_CLI, "--call", "command -v supabase"],
    cwd: ROOT,
    env: OFFLINE,
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
  Deno.env.set(CLI_PATH, new TextDecoder().decode(stdout).trim());
}

/**
 * Runs the CLI in the project's folder.
 *
 * @param args The CLI's arguments.
 * @param env Environment variables in addition to this process's.
 * @returns The CLI's standard output.
 * @throws {Error} With the CLI's output, if it fails.
 */
export async function supabaseCli(
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const path = Deno.env.get(CLI_PATH);
  const [command, ...first] = path ? [path] : ["npx", "--yes", SUPABASE_CLI];
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...first, ...args],
    cwd: ROOT,
    env: {
      DO_NOT_TRACK: "1",
      SUPABASE_TELEMETRY_DISABLED: "1",
      ...WITHOUT_OPTIMIZING,
      ...OFFLINE,
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

/** The CLI's option --remote for a database on loopback, which has no TLS. */
export function remote(databaseUrl: string): string {
  return `--remote=${databaseUrl}?sslmode=disable`;
}
