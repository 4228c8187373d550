/**
 * One Postgres with a database for each contender, and nothing left of it afterwards.
 *
 * @module
 */
import { createPlatformSchemas } from "../../local/postgres/platform.ts";
import { withSql } from "../../local/postgres/with_sql.ts";
import { databaseUrl, type Ports } from "../../local/settings/addresses.ts";
import { withPostgres } from "../steady_postgres.ts";
import { STATISTICS_SETTINGS } from "./statement_costs.ts";

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
export function withDatabases<Result>(
  references: string[],
  use: (address: DatabaseAddress) => Promise<Result>,
): Promise<Result> {
  return withPostgres(async (ports) => {
    const address: DatabaseAddress = (database, role) => databaseUrl(ports, role, database);
    for (const name of references) await createReference(name, ports, address);
    return await use(address);
  }, STATISTICS_SETTINGS);
}

/** Creates a database with the platform's schemas and the tables of reference.sql. */
async function createReference(name: string, ports: Ports, address: DatabaseAddress) {
  await withSql(
    address("template1", "supabase_admin"),
    (sql) => sql.unsafe(`create database ${name} owner postgres`),
  );
  await createPlatformSchemas(ports, name);
  await withSql(address(name, "supabase_admin"), (sql) => sql`select realtime.make_partitions()`);
  const tables = await Deno.readTextFile(new URL("reference.sql", import.meta.url));
  await withSql(address(name), (sql) => sql.unsafe(tables));
}
