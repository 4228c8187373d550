/**
 * Calls of the database that run at the same moment, each on its own connection and in its own transaction.
 *
 * @module
 */
import postgres from "postgres";
import { databaseUrl } from "../../local/settings/addresses.ts";
import { PORTS } from "./stack.ts";
import { until } from "./wait.ts";

/** One call, in its own transaction. */
export type Call<Answer> = (sql: postgres.TransactionSql) => Promise<Answer>;

/** When the transactions of calls end. */
export type Commits =
  /** Each as soon as its call has returned. */
  | "at once"
  /** None before every call has returned or waits for another call: all see the rows from before. */
  | "held";

/**
 * Makes calls at once.
 *
 * @returns The answers, in the order of the calls.
 * @throws What the first of the calls that fail throws.
 */
export type AtOnce = <Answer>(calls: Call<Answer>[], commits: Commits) => Promise<Answer[]>;

/**
 * The connections of a pool: the first calls take the first pool, the next ones a second pool. A pool gives each call
 * the connection that has waited longest: one for the most calls would compile each function in all of them.
 */
const POOL = 30;

/** The application_name of the connections that make the calls. */
const CALLER = "caller";

/** The advisory locks that every call waits for: before it runs, and before it commits. */
const GATES = { start: 1, commit: 2 };

/** Waits until a gate is open; without parameters, so that it is one round trip. */
const pass = (sql: postgres.TransactionSql, gate: number) =>
  sql.unsafe(`select pg_advisory_xact_lock_shared(${gate})`);

/**
 * Runs a test with connections for up to 60 calls at once: the server has 200.
 *
 * @param sql The test's own database.
 */
export async function withCallers(
  sql: postgres.Sql,
  use: (atOnce: AtOnce) => Promise<void>,
): Promise<void> {
  const [{ name }] = await sql`select current_database() as name`;
  const pools = [0, 1].map(() =>
    postgres(databaseUrl(PORTS, "postgres", name), {
      max: POOL,
      connection: { application_name: CALLER },
    })
  );
  try {
    await use((calls, commits) => callAtOnce(sql, pools, calls, commits));
  } finally {
    await Promise.all(pools.map((pool) => pool.end({ timeout: 5 })));
  }
}

async function callAtOnce<Answer>(
  sql: postgres.Sql,
  pools: postgres.Sql[],
  calls: Call<Answer>[],
  commits: Commits,
): Promise<Answer[]> {
  const gates = await sql.reserve();
  let running = calls.length;
  const untilAllWait = (what: string) =>
    until(async () => {
      const [{ waiting }] = await sql`
        select count(*)::int as waiting from pg_stat_activity
        where datname = current_database() and application_name = ${CALLER} and wait_event_type = 'Lock'`;
      return waiting === running;
    }, what);
  try {
    await gates`select pg_advisory_lock(${GATES.start})`;
    if (commits === "held") await gates`select pg_advisory_lock(${GATES.commit})`;
    const ended = Promise.allSettled(
      calls.map((call, index) =>
        pools[Math.floor(index / POOL)].begin(async (tx) => {
          await pass(tx, GATES.start);
          const answer = await call(tx);
          if (commits === "held") await pass(tx, GATES.commit);
          return { answer };
        }).finally(() => running--)
      ),
    );
    await untilAllWait("every call to wait for the start");
    await gates`select pg_advisory_unlock(${GATES.start})`;
    if (commits === "held") await untilAllWait("every call to return, or to wait for another call");
    await gates`select pg_advisory_unlock_all()`;
    return (await ended).map((call) => {
      if (call.status === "rejected") throw call.reason;
      return call.value.answer;
    });
  } finally {
    await gates`select pg_advisory_unlock_all()`;
    gates.release();
  }
}
