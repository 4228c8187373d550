/**
 * Checks of the stored rows after a campaign.
 *
 * @module
 */
import type postgres from "postgres";
import type { Sids } from "./campaign.ts";
import { WORLD } from "./world.ts";

/** The number of SIDs in one statement. */
const SIDS_PER_STATEMENT = 10_000;

/**
 * Counts the rows: each signed text must be stored once, and no refused request.
 *
 * @param deferred The SIDs that the log names as deferred. They may be missing.
 * @returns The problem; undefined if there is none.
 */
export async function problemOfRows(
  sql: postgres.Sql,
  { stored, signed, refused }: Sids,
  deferred: Set<string>,
): Promise<string | undefined> {
  const accepted = [...stored].filter((sid) => !deferred.has(sid));
  const texts = await countRows(sql, accepted, TEXTS);
  if (texts.rows !== accepted.length || texts.sids !== accepted.length) {
    return `${accepted.length} texts were accepted, and ${texts.rows} rows hold ${texts.sids} of them`;
  }
  const known = new Set([...WORLD.messageSids, ...signed]);
  const unknown = [...refused].filter((sid) => !known.has(sid));
  const { rows } = await countRows(sql, unknown, ALL);
  if (rows > 0) return `${rows} rows hold refused requests`;
}

const TEXTS = ["recruiting_messages", "recruiting_unmatched_messages"];
const ALL = [...TEXTS, "recruiting_message_events"];

/** Reads all tables in one statement: between two, a late adoption could move a text from one to the other. */
async function countRows(
  sql: postgres.Sql,
  sids: string[],
  tables: string[],
): Promise<{ rows: number; sids: number }> {
  const total = { rows: 0, sids: 0 };
  const selects = tables.map((table) =>
    `select message_sid from ${table} where message_sid = any($1)`
  ).join(" union all ");
  for (let at = 0; at < sids.length; at += SIDS_PER_STATEMENT) {
    const some = sids.slice(at, at + SIDS_PER_STATEMENT);
    const rows = await sql.unsafe<{ message_sid: string }[]>(selects, [some]);
    total.rows += rows.length;
    total.sids += new Set(rows.map(({ message_sid }) => message_sid)).size;
  }
  return total;
}
