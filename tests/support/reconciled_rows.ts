/**
 * The rows that a reconciled text has, or has not.
 *
 * @module
 */
import type postgres from "postgres";

/** The row of a message. */
export async function messageOf(sql: postgres.Sql, sid: string) {
  const [row] = await sql`select * from recruiting_messages where message_sid = ${sid}`;
  return row;
}

/** The row of an unmatched text. */
export async function unmatchedOf(sql: postgres.Sql, sid: string) {
  const [row] = await sql`select * from recruiting_unmatched_messages where message_sid = ${sid}`;
  return row;
}

/** Stores a cursor, as if a run had compared up to there. */
export async function storeCursor(sql: postgres.Sql, cursor: string): Promise<string> {
  await sql`update private.log_comparison set cursor = ${cursor}`;
  return cursor;
}

/** What Realtime has stored about a message, oldest first. */
export async function broadcastsOf(sql: postgres.Sql, messageId: string) {
  const rows = await sql`select topic, event from realtime.messages
    where payload ->> 'message_id' = ${messageId} order by inserted_at`;
  return rows.map(({ topic, event }) => [topic, event]);
}

export async function isOptedOut(sql: postgres.Sql, phone: string): Promise<boolean> {
  const rows = await sql`select from recruiting_opt_outs where recruit_phone = ${phone}`;
  return rows.length > 0;
}
