/**
 * What the statements of a database have cost in Postgres, from the extension pg_stat_statements.
 *
 * @see https://www.postgresql.org/docs/17/pgstatstatements.html
 * @module
 */
import postgres from "postgres";
import { withSql } from "../../local/postgres/with_sql.ts";
import type { DatabaseAddress } from "./databases.ts";

/** A cost in Postgres. */
export interface Cost {
  /** The execution time, in ms. */
  ms: number;
  /** The pages of 8 KiB that were read, from shared buffers or from the file. */
  pages: number;
  /** Bytes of WAL. */
  walBytes: number;
}

/** The database that has the extension. The extension sees the statements of all databases. */
const STATISTICS_DATABASE = "statistics";

/** What a server needs at its start for the extension. */
export const STATISTICS_SETTINGS = { shared_preload_libraries: "pg_stat_statements" };

/**
 * Creates the extension, in a database of its own.
 *
 * @returns A connection as a superuser, for {@link costUntilNow}. It must be ended.
 */
export async function openStatistics(address: DatabaseAddress): Promise<postgres.Sql> {
  await withSql(
    address("template1", "supabase_admin"),
    (sql) => sql.unsafe(`create database ${STATISTICS_DATABASE}`),
  );
  const statistics = postgres(address(STATISTICS_DATABASE, "supabase_admin"), { max: 1 });
  await statistics`create extension pg_stat_statements`;
  return statistics;
}

/**
 * Sums the cost of all statements of a database until now; BEGIN and COMMIT are among them.
 *
 * @param sql What {@link openStatistics} has opened.
 */
export async function costUntilNow(sql: postgres.Sql, database: string): Promise<Cost> {
  const [cost] = await sql<[Cost]>`
    select coalesce(sum(total_exec_time), 0) as ms,
      coalesce(sum(shared_blks_hit + shared_blks_read), 0)::float8 as pages,
      coalesce(sum(wal_bytes), 0)::float8 as "walBytes"
    from pg_stat_statements s join pg_database d on d.oid = s.dbid where d.datname = ${database}`;
  return cost;
}

/** The cost between two moments. */
export function costBetween(before: Cost, after: Cost): Cost {
  return {
    ms: after.ms - before.ms,
    pages: after.pages - before.pages,
    walBytes: after.walBytes - before.walBytes,
  };
}
