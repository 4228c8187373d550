/**
 * Applies supabase/migrations with the Supabase CLI, as the role `postgres`, like a deploy.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { taskCommand } from "../command_line/task_command.ts";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { remote, supabaseCli } from "./supabase_cli.ts";
import { withSql } from "./with_sql.ts";

const SUPABASE = fileURLToPath(new URL("../../supabase/", import.meta.url));

/**
 * Applies the migrations that the database does not have. Without any, the CLI is not run.
 *
 * @param url The database's address as `postgres`.
 * @throws {Error} That names an applied migration whose file has changed or is missing.
 */
export async function migrate(url: string): Promise<void> {
  const applied = await appliedMigrations(url);
  const files = await migrationFiles();
  for (const [version, text] of applied) {
    const file = files.get(version);
    if (!file || fingerprint(file.text) !== fingerprint(text)) {
      throw new Error(
        `Migration ${file?.name ?? version} was applied and has ${
          file ? "changed" : "been deleted"
        } since. Run \`${taskCommand("reset")}\` to delete the local data, or restore the file`,
      );
    }
  }
  if (files.size > applied.size) {
    // The local stack has no Vault.
    await supabaseCli(["db", "push", remote(url), "--yes", "--skip-vault"]);
  }
}

/** Runs supabase/seed.sql. */
export async function seed(url: string): Promise<void> {
  const text = await Deno.readTextFile(join(SUPABASE, "seed.sql"));
  await withSql(url, (sql) => sql.unsafe(text));
}

/** The text of each applied migration, by its version. Postgres joins the statements, because the client parses arrays slowly. */
function appliedMigrations(url: string): Promise<Map<string, string>> {
  return withSql(url, async (sql) => {
    const [{ exists }] =
      await sql`select to_regclass('supabase_migrations.schema_migrations') is not null as exists`;
    if (!exists) return new Map();
    const rows = await sql<{ version: string; text: string }[]>`
      select version, coalesce(array_to_string(statements, ''), '') as text
      from supabase_migrations.schema_migrations order by version`;
    return new Map(rows.map(({ version, text }) => [version, text]));
  });
}

/** Reads the name and text of each migration's file, by its version. */
export async function migrationFiles(): Promise<
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

/**
 * The hash of a migration's text, as `private.health_migrations` computes it.
 *
 * @returns SHA-256 in lower-case hexadecimal digits.
 */
export function migrationHash(sql: string): string {
  return createHash("sha256").update(fingerprint(sql)).digest("hex");
}

/**
 * The CLI stores statements without semicolons and white space between them, so both are ignored.
 */
function fingerprint(sql: string): string {
  return sql.replace(/[ \t\n\r\f;]/g, "");
}
