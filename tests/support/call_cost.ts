/**
 * What one call does in Postgres, as Postgres counts it: the same on every machine.
 *
 * @see https://www.postgresql.org/docs/17/monitoring-stats.html
 * @module
 */
import type postgres from "postgres";

/** What one call has done, with all functions and triggers that it has run, but what runs at the commit. */
export interface CallCost {
  /** Pages found in shared buffers, and pages read. */
  pages: number;
  /** Bytes of WAL. */
  walBytes: number;
  /** Whole pages in the WAL: those that the call was the first to change since the last checkpoint. */
  pageImages: number;
  /** How often each function of the project's or the platform's was called. */
  functions: Record<string, number>;
  /** The tables of more than {@link FEW_ROWS} rows that were read from end to end. */
  scannedTables: string[];
  /** How often rows of each table were updated, and how often that changed no index (HOT). */
  updates: Record<string, { all: number; hot: number }>;
}

/** Postgres reads a table of a page or two faster from end to end. */
const FEW_ROWS = 100;

interface Counts {
  functions: Record<string, number> | null;
  tables: Record<string, { scans: number; all: number; hot: number }>;
}

/** The counters of the transaction, which may begin with those of earlier ones. */
async function readCounts(sql: postgres.TransactionSql): Promise<Counts> {
  const [counts] = await sql<Counts[]>`
    select
      (select json_object_agg(schemaname || '.' || funcname, calls) from pg_stat_xact_user_functions) as functions,
      (
        select json_object_agg(
          relid::regclass, json_build_object('scans', case when reltuples > ${FEW_ROWS} then seq_scan else 0 end, 'all', n_tup_upd, 'hot', n_tup_hot_upd)
        )
        from pg_stat_xact_user_tables join pg_class on pg_class.oid = relid
      ) as tables`;
  return counts;
}

/**
 * Makes a call in a transaction of its own, and tells what it has done.
 *
 * @param sql A superuser's connection.
 * @param statement The call.
 * @param agentId The agent who makes it, under the policies; undefined for the superuser.
 */
export async function costOfCall(
  sql: postgres.Sql,
  statement: string,
  agentId?: string,
): Promise<CallCost> {
  return await sql.begin(async (sql) => {
    await sql`set local track_functions = 'all'`;
    if (agentId !== undefined) {
      await sql`select set_config('role', 'authenticated', true),
        set_config('request.jwt.claims', ${JSON.stringify({ sub: agentId })}, true)`;
    }
    const before = await readCounts(sql);
    const [row] = await sql.unsafe(`explain (analyze, buffers, wal, format json) ${statement}`);
    const after = await readCounts(sql);

    const [{ Plan: plan }] = row["QUERY PLAN"];
    const cost: CallCost = {
      pages: plan["Shared Hit Blocks"] + plan["Shared Read Blocks"],
      walBytes: plan["WAL Bytes"],
      pageImages: plan["WAL FPI"],
      functions: {},
      scannedTables: [],
      updates: {},
    };
    for (const name of Object.keys(after.functions ?? {}).sort()) {
      const calls = after.functions![name] - (before.functions?.[name] ?? 0);
      if (calls > 0) cost.functions[name] = calls;
    }
    for (const [name, { scans, all, hot }] of Object.entries(after.tables)) {
      const earlier = before.tables[name];
      if (scans > earlier.scans) cost.scannedTables.push(name);
      if (all > earlier.all) {
        cost.updates[name] = { all: all - earlier.all, hot: hot - earlier.hot };
      }
    }
    return cost;
  }) as CallCost;
}
