/**
 * Growth: what each call costs in Postgres with 10 thousand, 1 million and 10 million messages.
 *
 * @module
 */
import postgres from "postgres";
import { withSql } from "../local/postgres/with_sql.ts";
import { type Call, growthCalls } from "./growth/calls.ts";
import { copyDatabase, type Cost, costOf } from "./growth/database.ts";
import { AGENT_ID, fill, sizeOf, wearOut } from "./growth/fill.ts";
import { type Report, reportOf } from "./report.ts";
import { withPostgres } from "./steady_postgres.ts";
import { median } from "./table.ts";

/** The numbers of messages of an ordinary run. */
const SIZES = [10_000, 1_000_000];

/** The number of messages that `--full` adds: some minutes, and 12 GB of disk. */
const FULL_SIZE = 10_000_000;

/** Calls before those that count: plpgsql plans each of the first five with its values. */
const WARM_UP = 7;

/** Calls that count, in a whole run. */
const MEASURED = 9;

/**
 * A call is flat if its pages at the greatest size are at most this many times those at the least. An index of
 * 10,000 entries has two levels, and one of 10 million has four.
 */
const FLAT = 2.5;

type Use = (sql: postgres.Sql | postgres.TransactionSql) => Promise<Cost>;

/** Runs something in a transaction, for an agent's call as the agent whose inbox is read. */
async function inTransaction(
  sql: postgres.Sql,
  { isAgent }: Call,
  setUp: string[],
  use: Use,
): Promise<Cost> {
  const done = new Error("done");
  let cost: Cost | undefined;
  await sql.begin(async (sql) => {
    for (const statement of setUp) await sql.unsafe(statement);
    if (isAgent) {
      await sql`select set_config('role', 'authenticated', true),
        set_config('request.jwt.claims', ${JSON.stringify({ sub: AGENT_ID })}, true)`;
    }
    cost = await use(sql);
    if (setUp.length > 0) throw done;
  }).catch((error) => {
    if (error !== done) throw error;
  });
  return cost!;
}

/** Makes a call until `count` calls have counted. Returns their medians. */
async function measure(sql: postgres.Sql, call: Call, count: number): Promise<Cost> {
  const costs: Cost[] = [];
  for (let number = 0; number < WARM_UP + count; number++) {
    const statement = await call.prepare(sql, number);
    const cost = await inTransaction(sql, call, [], (sql) => costOf(sql, statement));
    if (number >= WARM_UP) costs.push(cost);
  }
  const of = (figure: keyof Cost) => median(costs.map((cost) => cost[figure]));
  return { pages: of("pages"), walBytes: of("walBytes"), ms: of("ms") };
}

/** Makes the obvious alternative of a call once, after a first time that fills the caches. */
async function measureAlternative(sql: postgres.Sql, call: Call): Promise<Cost | undefined> {
  if (!call.alternative) return;
  const statements = call.alternative(await call.prepare(sql, WARM_UP + MEASURED));
  return await inTransaction(sql, call, statements.slice(0, -1), async (sql) => {
    await costOf(sql, statements.at(-1)!);
    return await costOf(sql, statements.at(-1)!);
  });
}

const named = (count: number) =>
  count >= 1_000_000
    ? `${count / 1_000_000} M`
    : count >= 1_000
    ? `${count / 1_000} k`
    : `${count}`;

const row = (label: string, costs: Cost[], obvious: Cost | undefined) => [
  label,
  ...costs.map(({ pages }) => pages),
  costs.at(-1)!.pages <= costs[0].pages * FLAT ? "yes" : "NO",
  ...costs.map(({ walBytes }) => walBytes),
  ...costs.map(({ ms }) => ms.toFixed(2)),
  obvious ? `${obvious.pages}, ${obvious.ms.toFixed(2)} ms` : "",
];

/**
 * Measures each call at each size.
 *
 * @param share The share of the usual number of rows and calls, from 0 to 1.
 * @param isFull Whether 10 million messages are among the sizes.
 */
export async function measureGrowth(share: number, isFull: boolean): Promise<Report> {
  const measured = Math.max(1, Math.round(MEASURED * share));
  return await withPostgres(async (ports) => {
    const sizes = [...SIZES, ...(isFull ? [FULL_SIZE] : [])].map((count) => sizeOf(count, share));
    const databases: { sql: postgres.Sql; adminUrl: string; calls: Call[] }[] = [];
    try {
      for (const [index, size] of sizes.entries()) {
        const startedAt = performance.now();
        const { url, adminUrl } = await copyDatabase(ports, `growth_${index}`);
        await withSql(adminUrl, async (sql) => {
          await fill(sql, size);
          await sql`checkpoint`;
        });
        const seconds = (performance.now() - startedAt) / 1000;
        console.error(
          `${named(size.messages)} messages in ${seconds.toFixed(0)} s, ${
            named(Math.round(size.messages / seconds))
          } a second`,
        );
        const sql = postgres(url, { max: 1, onnotice: () => {} });
        databases.push({ sql, adminUrl, calls: growthCalls() });
      }
      const costsOf = async (index: number) => {
        const costs: Cost[] = [];
        for (const { sql, calls } of databases) {
          costs.push(await measure(sql, calls[index], measured));
        }
        return costs;
      };
      const rows = [];
      for (const [index, { label }] of databases[0].calls.entries()) {
        const costs = await costsOf(index);
        const { sql, calls } = databases.at(-1)!;
        rows.push(row(label, costs, await measureAlternative(sql, calls[index])));
      }
      for (const { adminUrl } of databases) await withSql(adminUrl, wearOut);
      for (const [index, { label, isWorn }] of databases[0].calls.entries()) {
        if (isWorn) rows.push(row(`${label}; before a vacuum`, await costsOf(index), undefined));
      }
      const heads = (unit: string) => sizes.map(({ messages }) => `${unit}, ${named(messages)}`);
      return reportOf(
        "growth",
        [
          "a call in Postgres",
          ...heads("pages"),
          "flat",
          ...heads("WAL B"),
          ...heads("ms"),
          "obvious: pages, ms",
        ],
        rows,
      );
    } finally {
      await Promise.all(databases.map(({ sql }) => sql.end()));
    }
  });
}
