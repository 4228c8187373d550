/**
 * One Postgres with a database for each contender, and nothing left of it afterwards.
 *
 * @module
 */
import { preparePostgres, removePostgresData } from "../../local/postgres/binaries.ts";
import { migrate } from "../../local/postgres/migrations.ts";
import { createPlatform, makeRealtimePartitions } from "../../local/postgres/platform.ts";
import { startPostgres } from "../../local/postgres/server.ts";
import { withSql } from "../../local/postgres/with_sql.ts";
import { databaseUrl, freePorts } from "../../local/settings/addresses.ts";
import { shieldFromShellVariables } from "../../local/settings/shell_variables.ts";

/** The address of a database, as a role. */
export type DatabaseAddress = (database: string, role?: string) => string;

/** The database with the product's migrations. */
export const PRODUCT_DATABASE = "postgres";

/**
 * Runs something on a fresh Postgres. It has {@link PRODUCT_DATABASE} and databases with the tables of
 * reference.sql.
 *
 * @param references The names of those databases.
 */
export async function withDatabases<Result>(
  references: string[],
  use: (address: DatabaseAddress) => Promise<Result>,
): Promise<Result> {
  shieldFromShellVariables();
  const folder = await Deno.makeTempDir({ prefix: "recruiting-sms-" });
  const ports = freePorts();
  const address: DatabaseAddress = (database, role) => databaseUrl(ports, role, database);
  try {
    const server = await startPostgres(await preparePostgres(folder), ports.database);
    try {
      await createPlatform(ports);
      await makeRealtimePartitions(ports);
      for (const name of references) {
        await withSql(
          address("template1", "supabase_admin"),
          (sql) => sql.unsafe(`create database ${name} template postgres owner postgres`),
        );
        const tables = await Deno.readTextFile(new URL("reference.sql", import.meta.url));
        await withSql(address(name), (sql) => sql.unsafe(tables));
      }
      await migrate(address(PRODUCT_DATABASE));
      return await use(address);
    } finally {
      await server.stop();
    }
  } finally {
    await removePostgresData(folder);
    await Deno.remove(folder, { recursive: true });
  }
}
