/**
 * What the database must hold after a campaign.
 *
 * @module
 */
import type postgres from "postgres";
import type { Sids } from "./campaign.ts";
import { WORLD } from "./world.ts";

/** SIDs that one statement asks for. */
const SIDS_PER_STATEMENT = 10_000;

/**
 * Counts rows: each signed text is stored once, and nothing of a refused request is stored.
 *
 * @param deferred SIDs that the log names as deferred: they may be missing.
 * @returns What is wrong; nothing if all is well.
 */
export async function problemOfRows(
  sql: postgres.Sql,
  { stored, signed, refused }: Sids,
  deferred: Set<string>,
): Promise<string | undefined> {
  const taken = [...stored].filter((sid) => !deferred.has(sid));
  const texts = await countRows(sql, taken, TEXTS);
  if (texts.rows !== taken.length || texts.sids !== taken.length) {
    return `${taken.length} texts were taken in, and ${texts.rows} rows hold ${texts.sids} of them`;
  }
  const known = new Set([...WORLD.messageSids, ...signed]);
  const strangers = [...refused].filter((sid) => !known.has(sid));
  const { rows } = await countRows(sql, strangers, ALL);
  if (rows > 0) return `${rows} rows are of requests that were refused`;
}

const TEXTS = ["recruiting_messages", "recruiting_unmatched_messages"];
const ALL = [...TEXTS, "recruiting_message_events"];

async function countRows(
  sql: postgres.Sql,
  sids: string[],
  tables: string[],
): Promise<{ rows: number; sids: number }> {
  const total = { rows: 0, sids: 0 };
  for (let at = 0; at < sids.length; at += SIDS_PER_STATEMENT) {
    const some = sids.slice(at, at + SIDS_PER_STATEMENT);
    const found = await Promise.all(
      tables.map((table) =>
        sql<{ message_sid: string }[]>`
          select message_sid from ${sql(table)} where message_sid = any(${some})`
      ),
    );
    const rows = found.flat();
    total.rows += rows.length;
    total.sids += new Set(rows.map(({ message_sid }) => message_sid)).size;
  }
  return total;
}
