/**
 * A database of a size, and what one statement costs in it.
 *
 * @module
 */
import type postgres from "postgres";
import { withSql } from "../../local/postgres/with_sql.ts";
import { databaseUrl, type Ports } from "../../local/settings/addresses.ts";

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
