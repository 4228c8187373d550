/**
 * A Postgres server with the migrations and nothing else: no other process reads or writes.
 *
 * @module
 */
import type postgres from "postgres";
import { preparePostgres, removePostgresData } from "../../local/postgres/binaries.ts";
import { copyMigratedCluster } from "../../local/postgres/migrated_cluster.ts";
import { migrate } from "../../local/postgres/migrations.ts";
import { createPlatform, makeRealtimePartitions } from "../../local/postgres/platform.ts";
import { startPostgres } from "../../local/postgres/server.ts";
import { withSql } from "../../local/postgres/with_sql.ts";
import { databaseUrl, freePorts, type Ports } from "../../local/settings/addresses.ts";

/**
 * Page images in WAL depend on when the last checkpoint was, and autovacuum on the time: without
 * both, the same call writes the same WAL each time.
 */
const STEADY = ["full_page_writes = off", "autovacuum = off", "max_wal_size = '8GB'"];

/**
 * Runs something with a server of its own, and deletes its data afterwards.
 *
 * @param use Gets the server's ports. Its database `postgres` has every migration and no row.
 * @returns What `use` returned.
 */
export async function withPostgres<Result>(
  use: (ports: Ports) => Promise<Result>,
): Promise<Result> {
  const folder = await Deno.makeTempDir({ prefix: "recruiting-sms-" });
  const ports = freePorts();
  try {
    const isMigrated = await copyMigratedCluster(folder);
    const server = await startPostgres(await preparePostgres(folder), ports.database);
    try {
      if (!isMigrated) await createPlatform(ports);
      await makeRealtimePartitions(ports);
      await migrate(databaseUrl(ports));
      await withSql(databaseUrl(ports, "supabase_admin"), async (sql) => {
        for (const setting of STEADY) await sql.unsafe(`alter system set ${setting}`);
        await sql`select pg_reload_conf()`;
      });
      return await use(ports);
    } finally {
      await server.stop();
    }
  } finally {
    await removePostgresData(folder);
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Creates a database as a copy of `postgres`, to which nothing may be connected.
 *
 * @returns The addresses of the copy, for the role of the migrations and for the superuser.
 */
export async function copyDatabase(ports: Ports, name: string) {
  await withSql(databaseUrl(ports, "supabase_admin", "template1"), async (sql) => {
    await sql.unsafe(`create database ${name} template postgres owner postgres`);
  });
  return {
    url: databaseUrl(ports, "postgres", name),
    adminUrl: databaseUrl(ports, "supabase_admin", name),
  };
}

/** What one statement has cost in Postgres. */
export interface Cost {
  /** Pages found in shared buffers, and pages read, by the statement and all that it calls. */
  pages: number;
  /** Bytes of WAL. */
  walBytes: number;
  /** The execution time in ms. */
  ms: number;
}

/**
 * Runs a statement and tells its cost. What runs at the commit is not in it.
 *
 * @see https://www.postgresql.org/docs/17/sql-explain.html
 */
export async function costOf(
  sql: postgres.Sql | postgres.TransactionSql,
  statement: string,
): Promise<Cost> {
  const [row] = await sql.unsafe(`explain (analyze, buffers, wal, format json) ${statement}`);
  const [{ Plan: plan, "Execution Time": ms }] = row["QUERY PLAN"];
  return {
    pages: plan["Shared Hit Blocks"] + plan["Shared Read Blocks"],
    walBytes: plan["WAL Bytes"],
    ms,
  };
}
