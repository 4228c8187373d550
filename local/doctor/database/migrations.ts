/**
 * Whether the database has the migrations of supabase/migrations, as the files are.
 *
 * @module
 */
import { taskCommand } from "../../command_line/task_command.ts";
import { migrationFiles, migrationHash } from "../../postgres/migrations.ts";
import type { Examined, Outcome } from "../check.ts";
import { migrateBesideMend, migrateMend } from "../mends.ts";
import { partOf } from "./part.ts";

/** Compares versions and hashes. Migrations that the folder does not have are the project's own. */
export async function checkMigrations(examined: Examined): Promise<Outcome> {
  const { project } = examined;
  const recorded = await partOf(
    examined,
    "migrations",
    "The Supabase CLI has recorded no migration in this database",
  );
  const applied = new Map(recorded.map(({ version, hash }) => [version, hash]));
  const files = [...await migrationFiles()].sort(([a], [b]) => a.localeCompare(b));
  const versions = new Set(files.map(([version]) => version));
  const own = recorded.filter(({ version }) => !versions.has(version)).length;
  const missing = files.filter(([version]) => !applied.has(version));
  if (missing.length > 0) {
    return {
      ok: false,
      detail: `${missing.length} of ${files.length} migrations are not applied: ${
        namesOf(missing)
      }`,
      mend: own > 0 ? migrateBesideMend(project) : migrateMend(project),
    };
  }
  const changed = files.filter(([version, { text }]) => {
    const hash = applied.get(version);
    return typeof hash === "string" && hash !== migrationHash(text);
  });
  if (changed.length > 0) {
    return {
      ok: false,
      detail: `Changed since they were applied: ${namesOf(changed)}`,
      mend: project.isLocal
        ? `Restore the files, or delete the local data: ${taskCommand("reset")}`
        : "Restore the files (git checkout supabase/migrations), and put the change into a migration of its own: `db push` does not apply a file twice",
    };
  }
  const others = own > 0 ? `, beside ${own} of the project's own` : "";
  return { ok: true, detail: `All ${files.length} are applied and unchanged${others}` };
}

/** The names of the first files. */
function namesOf(files: [string, { name: string }][]): string {
  const names = files.slice(0, 3).map(([, { name }]) => name).join(", ");
  return files.length > 3 ? `${names} and ${files.length - 3} more` : names;
}
