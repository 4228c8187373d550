/**
 * One Postgres with a database for each contender, and nothing left of it afterwards.
 *
 * @module
 */
import {
  type PostgresInstallation,
  preparePostgres,
  removePostgresData,
} from "../../local/postgres/binaries.ts";
import { migrate } from "../../local/postgres/migrations.ts";
import { copyMigratedCluster } from "../../local/postgres/migrated_cluster.ts";
import {
  createPlatform,
  createPlatformSchemas,
  makeRealtimePartitions,
} from "../../local/postgres/platform.ts";
import { startPostgres } from "../../local/postgres/server.ts";
import { withSql } from "../../local/postgres/with_sql.ts";
import { databaseUrl, freePorts, type Ports } from "../../local/settings/addresses.ts";
import { shieldFromShellVariables } from "../../local/settings/shell_variables.ts";
import { STATISTICS_DATABASE } from "./statement_costs.ts";

/** The address of a database, as a role. */
export type DatabaseAddress = (database: string, role?: string) => string;

/**
 * Page images in WAL depend on when the last checkpoint was, and autovacuum on the time: without both,
 * a call writes the same WAL each time.
 */
const SETTINGS = [
  "shared_preload_libraries = 'pg_stat_statements'",
  "full_page_writes = off",
  "autovacuum = off",
  "max_wal_size = '8GB'",
];

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
    const isMigrated = await copyMigratedCluster(folder);
    const installation = await preparePostgres(folder);
    await configure(installation, ports.database, address("postgres", "supabase_admin"));
    const server = await startPostgres(installation, ports.database);
    try {
      await withSql(
        address("template1", "supabase_admin"),
        (sql) => sql.unsafe(`create database ${STATISTICS_DATABASE}`),
      );
      await withSql(
        address(STATISTICS_DATABASE, "supabase_admin"),
        (sql) => sql`create extension pg_stat_statements`,
      );
      if (!isMigrated) await createPlatform(ports);
      await makeRealtimePartitions(ports);
      await migrate(address(PRODUCT_DATABASE));
      for (const name of references) await createReference(name, ports, address);
      return await use(address);
    } finally {
      await server.stop();
    }
  } finally {
    await removePostgresData(folder);
    await Deno.remove(folder, { recursive: true });
  }
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

/** Writes the settings that a server reads when it starts. */
async function configure(
  installation: PostgresInstallation,
  port: number,
  url: string,
): Promise<void> {
  const server = await startPostgres(installation, port);
  try {
    await withSql(url, async (sql) => {
      for (const setting of SETTINGS) await sql.unsafe(`alter system set ${setting}`);
    });
  } finally {
    await server.stop();
  }
}
