/**
 * What a webhook costs in Postgres, counted and never timed, with 10,000 messages. A change that makes it cost less
 * lowers a figure here, and one that makes it cost more has to raise it.
 */
import type postgres from "postgres";
import { type Call, growthCalls } from "../../bench/growth/calls.ts";
import { AGENT_ID, fill, sizeOf } from "../../bench/growth/fill.ts";
import { median } from "../../bench/table.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { type CallCost, costOfCall } from "../support/call_cost.ts";
import { withOwnDatabase } from "../support/own_database.ts";
import { withSql } from "../support/stack.ts";

/** What a call reads and writes. */
interface Figures {
  /** Pages found in shared buffers, and pages read. */
  pages: number;
  /** Bytes of WAL. */
  walBytes: number;
  /** The tables whose rows it updates: how often, and how often without a change of an index (HOT). */
  updates: Record<string, { all: number; hot: number }>;
}

/** The figures as measured. */
const MEASURED: Record<string, Figures> = {
  "inbound, the bot answers": {
    pages: 50,
    walBytes: 1299,
    updates: { recruiting_conversations: { all: 1, hot: 0 } },
  },
  "inbound, broadcast": {
    pages: 62,
    walBytes: 2151,
    updates: { recruiting_conversations: { all: 1, hot: 0 } },
  },
  "status sent, the bot answers": {
    pages: 42,
    walBytes: 1108,
    updates: { recruiting_messages: { all: 1, hot: 1 } },
  },
  "status delivered, the bot answers": {
    pages: 55,
    walBytes: 1468,
    updates: { recruiting_messages: { all: 1, hot: 0 } },
  },
  "status delivered, broadcast": {
    pages: 58,
    walBytes: 2032,
    updates: { recruiting_messages: { all: 1, hot: 0 } },
  },
  "STOP": {
    pages: 134,
    walBytes: 2556,
    updates: { recruiting_conversations: { all: 2, hot: 0 } },
  },
  "text without a conversation": { pages: 39, walBytes: 1212, updates: {} },
};

/** More pages than measured: a split or a full page. One look-up more reads as many. */
const MORE_PAGES = 3;

/** More WAL than measured, as a factor: a split page. */
const MORE_WAL = 1.05;

/** Less than measured, as a factor: then the figure above is to be lowered, so that the gain is not lost again. */
const LESS = 0.85;

/** The functions that a call enters, and how often. */
const FUNCTIONS: Record<string, Record<string, number>> = {
  "inbound, broadcast": {
    "private.added_broadcasts": 2,
    "private.broadcast": 1,
    "private.canonical_phone": 2,
    "private.change_conversation": 1,
    "private.check_message": 1,
    "private.end_attention_and_broadcast": 1,
    "private.lock_message_sid": 1,
    "private.append_message": 1,
    "private.topic_of": 1,
    "private.warnings": 2,
    "private.work_is_due": 1,
    "public.recruiting_receive_message": 1,
    "realtime.send": 1,
  },
  "status delivered, broadcast": {
    "private.added_broadcasts": 2,
    "private.advance_message": 1,
    "private.apply_event_to_message": 1,
    "private.broadcast": 1,
    "private.check_event": 1,
    "private.act_on_failure_and_broadcast": 1,
    "private.guard_message_history": 1,
    "private.lock_message_sid": 2,
    "private.may_follow": 2,
    "private.message_status": 1,
    "private.store_advanced_message": 1,
    "private.topic_of": 1,
    "private.warnings": 2,
    "public.recruiting_record_message_status": 1,
    "realtime.send": 1,
  },
};

/** Calls that may read a big table from end to end. */
const MAY_SCAN: string[] = [];

/** Calls before those that count: plpgsql plans each of the first five with its values. */
const WARM_UP = 6;

/** Calls that count: the median of pages, the least WAL without page images. */
const COUNTED = 3;

/** Makes a call some times. Returns the costs of those that count. */
async function costsOf(
  sql: postgres.Sql,
  { prepare, isAgent }: Call,
  warmUp: number,
): Promise<CallCost[]> {
  const costs: CallCost[] = [];
  for (let number = 0; number < warmUp + COUNTED; number++) {
    const statement = await prepare(sql, number);
    costs.push(await costOfCall(sql, statement, isAgent ? AGENT_ID : undefined));
  }
  return costs.slice(warmUp);
}

/** The figures of a call, as {@link MEASURED} has them. */
function figuresOf(costs: CallCost[]): Figures {
  const withoutImages = costs.filter(({ pageImages }) => pageImages === 0);
  return {
    pages: median(costs.map(({ pages }) => pages)),
    walBytes: Math.min(
      ...(withoutImages.length > 0 ? withoutImages : costs).map((cost) => cost.walBytes),
    ),
    updates: costs[0].updates,
  };
}

Deno.test("what a webhook costs in Postgres", (t) =>
  withOwnDatabase(async (_, sql) => {
    await fill(sql, sizeOf(10_000, 1));
    const calls = growthCalls();
    for (const list of [MEASURED, FUNCTIONS]) {
      const unknown = Object.keys(list).filter((name) =>
        !calls.some(({ label }) => label === name)
      );
      assertEquals(unknown, []);
    }
    for (const call of calls) {
      const { label } = call;
      if (MAY_SCAN.includes(label)) continue;
      const measured = MEASURED[label];
      const costs = await costsOf(sql, call, measured ? WARM_UP : 1);
      if (measured) {
        await t.step(`${label}: pages, WAL, and updates that change no index`, () => {
          const figures = figuresOf(costs);
          const inWords = `It takes ${JSON.stringify(figures)}`;
          assert(figures.pages <= measured.pages + MORE_PAGES, inWords);
          assert(figures.walBytes <= measured.walBytes * MORE_WAL, inWords);
          assert(figures.pages >= measured.pages * LESS, `${inWords}: lower the figure`);
          assert(figures.walBytes >= measured.walBytes * LESS, `${inWords}: lower the figure`);
          assertEquals(figures.updates, measured.updates);
        });
      }
      if (FUNCTIONS[label]) {
        await t.step(`${label}: functions`, () => {
          assertEquals(costs[0].functions, FUNCTIONS[label]);
        });
      }
      await t.step(`${label}: no big table is read from end to end`, () => {
        assertEquals(costs.flatMap(({ scannedTables }) => scannedTables), []);
      });
    }
  }));

/** Rows of a table that change before autovacuum comes. A dead entry of an index of due times is read until then. */
const CHANGES_BEFORE_VACUUM = 20_000;

Deno.test("vacuum comes after as many changes to a table of due times, however big it is, and cleans its indexes", () =>
  withSql(async (sql) => {
    const tables = await sql`
      select c.relname, (
        select json_object_agg(option_name, option_value) from pg_options_to_table(c.reloptions)
        where option_name <> 'fillfactor'
      ) as options
      from pg_class c
      where exists (
        select from pg_index i
        where i.indrelid = c.oid and i.indnatts = 1
          and pg_get_indexdef(i.indexrelid) ~ '\\(\\w+_(due|check)_at\\)'
      )
      order by c.relname`;
    assertEquals(tables.map(({ relname }) => relname), [
      "recruiting_conversations",
      "recruiting_messages",
    ]);
    for (const { options } of tables) {
      assertEquals(options, {
        autovacuum_vacuum_scale_factor: "0",
        autovacuum_vacuum_threshold: String(CHANGES_BEFORE_VACUUM),
        vacuum_index_cleanup: "on",
      });
    }
  }));
