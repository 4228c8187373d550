/**
 * Applies supabase/migrations with the real CLI, as the role that a deploy has.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { remote, supabaseCli } from "./supabase_cli.ts";

const SUPABASE = fileURLToPath(new URL("../../supabase/", import.meta.url));

/**
 * Brings a database up to date. The CLI runs only if there is something to do.
 *
 * @param url The database's address as `postgres`.
 * @throws {Error} That names an applied migration that has changed or vanished since, and asks for a reset.
 */
export async function migrate(url: string): Promise<void> {
  const applied = await appliedMigrations(url);
  const files = await migrationFiles();
  for (const [version, text] of applied) {
    const file = files.get(version);
    if (!file || fingerprint(file.text) !== fingerprint(text)) {
      throw new Error(
        `Migration ${file?.name ?? version} was applied and has ${
          file ? "changed" : "vanished"
        } since. Run \`deno task reset\` to begin anew, or undo the change`,
      );
    }
  }
  if (files.size > applied.size) {
    // A stack of this machine has no Vault.
    await supabaseCli(["db", "push", remote(url), "--yes", "--skip-vault"]);
  }
}

/** Runs supabase/seed.sql. */
export async function seed(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(await Deno.readTextFile(join(SUPABASE, "seed.sql")));
  } finally {
    await sql.end();
  }
}

async function appliedMigrations(url: string): Promise<Map<string, string>> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const [{ exists }] =
      await sql`select to_regclass('supabase_migrations.schema_migrations') is not null as exists`;
    if (!exists) return new Map();
    const rows = await sql<{ version: string; statements: string[] }[]>`
      select version, statements from supabase_migrations.schema_migrations order by version`;
    return new Map(
      rows.map(({ version, statements }) => [version, statements.join("")]),
    );
  } finally {
    await sql.end();
  }
}

async function migrationFiles(): Promise<
  Map<string, { name: string; text: string }>
> {
  const files = new Map<string, { name: string; text: string }>();
  for await (const { name } of Deno.readDir(join(SUPABASE, "migrations"))) {
    const version = /^(\d+)_.*\.sql$/.exec(name)?.[1];
    if (!version) continue;
    files.set(version, {
      name,
      text: await Deno.readTextFile(join(SUPABASE, "migrations", name)),
    });
  }
  return files;
}

/** The CLI stores statements without what stands between them: semicolons, white space. */
function fingerprint(sql: string): string {
  return sql.replace(/[\s;]/g, "");
}
