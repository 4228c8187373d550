/**
 * The database's TypeScript types, written by the real CLI.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { remote, supabaseCli } from "./supabase_cli.ts";

/** The committed file that the functions import. */
export const TYPES_FILE = fileURLToPath(
  new URL("../../supabase/functions/_shared/database/database.types.ts", import.meta.url),
);

/** Generates the types of schema public. */
export function generateTypes(databaseUrl: string): Promise<string> {
  return supabaseCli(["gen", "types", remote(databaseUrl), "--schema", "public"]);
}
