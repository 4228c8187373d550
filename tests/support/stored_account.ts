/**
 * The rows of an account of told_messages.ts, in a form that is the same for two accounts that have
 * been told the same.
 *
 * @module
 */
import type postgres from "postgres";
import { assertEquals } from "./assert.ts";
import type { Account } from "./told_messages.ts";

/** A value of JSON. */
type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

type Row = { [name: string]: Json };

/** Rows by table. */
export type StoredAccount = Record<string, Row[]>;

/** Inserts what an account has before Twilio tells of it: senders, conversations, outbound rows. */
export async function storeAccount(
  sql: postgres.Sql,
  { senders, threads, outbound }: Account,
): Promise<void> {
  await sql`insert into recruiting_senders ${sql(senders)}`;
  const conversations = threads.filter(({ status }) => status);
  await sql`
    select recruiting_start_conversation(channel => t.channel, recruit_phone => t.recruit,
      twilio_phone => t.ours, status => t.status)
    from jsonb_to_recordset(${sql.json(conversations.map((thread) => ({ ...thread })))})
      as t (channel text, recruit text, ours text, status text)`;
  const rows = outbound.filter(({ row }) => row !== "none").map((
    { sid, id, thread, row },
    place,
  ) => ({
    place,
    id,
    message_sid: row === "confirmed" ? sid : null,
    ...thread,
  }));
  await sql`
    insert into recruiting_messages
      (id, conversation_id, direction, sender_type, body, status, message_sid)
    select r.id, c.id, 'outbound', 'bot', 'Hi', 'queued', r.message_sid
    from jsonb_to_recordset(${sql.json(rows)})
      as r (place int, id uuid, message_sid text, channel text, recruit text, ours text)
    join recruiting_conversations c on c.channel::text = r.channel and c.twilio_phone = r.ours
      and c.recruit_phone = r.recruit
    order by r.place`;
}

/** Removes the senders of an account, so that other tests do not see them. */
export async function removeSenders(sql: postgres.Sql, { senders }: Account): Promise<void> {
  for (const { channel, address } of senders) {
    await sql`delete from recruiting_senders where channel = ${channel} and address = ${address}`;
  }
}

/**
 * Reads the rows of an account, without times, payloads and random ids.
 *
 * @param tag The account's tag.
 */
export async function readAccount(sql: postgres.Sql, tag: string): Promise<StoredAccount> {
  const like = `%${tag}%`;
  const rows = async (query: postgres.PendingQuery<{ row: Row }[]>) =>
    (await query).map(({ row }) => row);
  const conversations = await rows(sql`
    select to_jsonb(c) as row from recruiting_conversations c
    where c.twilio_phone like ${like} order by c.channel, c.recruit_phone`);
  const ids = conversations.map(({ id }) => String(id));
  const messages = await rows(sql`
    select to_jsonb(m) as row from recruiting_messages m join recruiting_conversations c
      on c.id = m.conversation_id
    where c.id = any (${ids}) order by c.channel, c.recruit_phone, m.seq`);
  const labels = new Map<string, string>([
    ...conversations.map(({ id, channel, recruit_phone }): [string, string] => [
      String(id),
      `conversation ${channel} ${recruit_phone}`,
    ]),
    ...messages.map(({ id, conversation_id, seq }): [string, string] => [
      String(id),
      `message ${ids.indexOf(String(conversation_id))}.${seq}`,
    ]),
  ]);
  const tables: StoredAccount = {
    recruiting_conversations: conversations,
    recruiting_messages: messages,
    recruiting_message_events: await rows(sql`
      select to_jsonb(e) as row from recruiting_message_events e
      where e.message_sid like ${like} order by e.message_sid, e.twilio_status`),
    recruiting_unmatched_messages: await rows(sql`
      select to_jsonb(u) as row from recruiting_unmatched_messages u
      where u.message_sid like ${like} order by u.message_sid`),
    recruiting_opt_outs: await rows(sql`
      select to_jsonb(o) as row from recruiting_opt_outs o
      where o.recruit_phone like ${like} order by o.recruit_phone`),
    recruiting_consent_events: await rows(sql`
      select to_jsonb(e) as row from recruiting_consent_events e
      where e.phone like ${like} order by e.phone, e.occurred_at, e.recorded_at`),
    recruiting_twilio_events: await rows(sql`
      select to_jsonb(e) as row from recruiting_twilio_events e
      where e.payload::text like ${like} order by e.id`),
    broadcasts: await rows(sql`
      select jsonb_build_object('event', b.event, 'conversation_id', b.payload ->> 'conversation_id',
        'message_id', b.payload ->> 'message_id', 'status', b.payload ->> 'status',
        'error_code', b.payload ->> 'error_code') as row
      from realtime.messages b
      where b.event in ('message_received', 'message_status_changed', 'conversation_escalated')
        and b.payload ->> 'conversation_id' = any (${ids})`),
  };
  return Object.fromEntries(
    Object.entries(tables).map(([table, stored]) => [
      table,
      stored.map((row) => comparable(row, labels, tag) as Row),
    ]),
  );
}

/** Columns that differ between any two accounts, or that background work changes at any time. */
const LEFT_OUT = /^(payload|position|reply_token|media_.*)$/;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function comparable(value: Json, labels: Map<string, string>, tag: string): Json {
  if (typeof value === "string") {
    if (TIME.test(value)) return "a time";
    const text = labels.get(value) ?? (UUID.test(value) ? "an id" : value);
    return text.replaceAll(tag, "…");
  }
  if (Array.isArray(value)) return value.map((item) => comparable(item, labels, tag));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => !LEFT_OUT.test(name))
      .map(([name, item]): [string, Json] => [
        name,
        name === "media" ? urlsOf(item) : comparable(item, labels, tag),
      ]),
  );
}

/** What Twilio has told of media. Background work adds where it has copied them. */
function urlsOf(media: Json): Json {
  if (!Array.isArray(media)) return media;
  return media.map((item) =>
    item === null || typeof item !== "object" || Array.isArray(item)
      ? item
      : { url: item.url, content_type: item.content_type }
  );
}

/** Compares two accounts, table by table. The order of broadcasts does not count. */
export function assertSameAccount(actual: StoredAccount, expected: StoredAccount): void {
  assertEquals(Object.keys(actual), Object.keys(expected));
  for (const table of Object.keys(expected)) {
    const [one, other] = [actual[table], expected[table]].map((rows) =>
      table === "broadcasts" ? rows.map((row) => JSON.stringify(row)).sort() : rows
    );
    assertEquals({ table, rows: one }, { table, rows: other });
  }
}
