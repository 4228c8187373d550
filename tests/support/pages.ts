/**
 * How many pages of the database a statement reads or changes, as Postgres counts them: the same on
 * every machine.
 *
 * @see https://www.postgresql.org/docs/17/sql-explain.html
 * @module
 */
import type postgres from "postgres";

/** Runs a statement and counts its pages. */
export async function pagesOf(
  sql: postgres.Sql | postgres.TransactionSql | postgres.ReservedSql,
  statement: string,
): Promise<number> {
  const [row] = await sql.unsafe(`explain (analyze, buffers, format json) ${statement}`);
  const [{ Plan: plan }] = row["QUERY PLAN"];
  return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"];
}
