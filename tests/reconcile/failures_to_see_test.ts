/** Which failed messages the attention list has, in whatever order Twilio reports them. */
import type postgres from "postgres";
import { assertEquals } from "../support/assert.ts";
import { withEmptiedDatabase } from "../support/emptied_database.ts";
import { withOwnDatabase } from "../support/own_database.ts";
import { pagesOf } from "../support/pages.ts";
import { newSid } from "../support/twilio.ts";

const LIST = "select * from recruiting_attention";

const begin = async (sql: postgres.Sql) => {
  const [{ id }] = await sql`
    select recruiting_start_conversation(channel => 'sms', recruit_phone => '+15550100001',
      twilio_phone => '+15550100000') as id`;
  return id as string;
};

/** Writes messages that Twilio has accepted. Returns their SIDs. */
async function send(sql: postgres.Sql, conversationId: string, senders: string[]) {
  const sids = senders.map(() => newSid());
  for (const [index, sender_type] of senders.entries()) {
    await sql`
      insert into recruiting_messages (conversation_id, direction, sender_type, body, status, message_sid)
      values (${conversationId}, 'outbound', ${sender_type}, ${index}, 'sent', ${sids[index]})`;
  }
  return sids;
}

const fail = (sql: postgres.Sql, sid: string) =>
  sql`select recruiting_record_message_status(message_sid => ${sid}, twilio_status => 'undelivered',
    channel => 'sms', error_code => '30005')`;

/** The reasons on the list, in any order. */
const reasons = async (sql: postgres.Sql) =>
  (await sql`select reason from recruiting_attention where kind = 'message_failed' order by reason`)
    .map(({ reason }) => reason);

const BOT = "The bot's message was not delivered (error 30005)";

Deno.test("a failure that Twilio reports after the next message has gone out needs no attention", () =>
  withEmptiedDatabase(async (sql) => {
    const [first, second] = await send(sql, await begin(sql), ["bot", "bot"]);
    await fail(sql, first);
    assertEquals(await reasons(sql), []);
    await fail(sql, second);
    assertEquals(await reasons(sql), [BOT]);
  }));

Deno.test("the later failure of a sender is on the list, also if it was reported first", () =>
  withEmptiedDatabase(async (sql) => {
    const [first, , second] = await send(sql, await begin(sql), ["bot", "agent", "bot"]);
    await fail(sql, second);
    await fail(sql, first);
    assertEquals(await reasons(sql), [BOT]);
    await send(sql, await begin(sql), ["agent"]);
    assertEquals(await reasons(sql), [BOT]);
    await send(sql, await begin(sql), ["bot"]);
    assertEquals(await reasons(sql), []);
  }));

Deno.test("a failure leaves the list when a callback brings the SID of a later message", () =>
  withEmptiedDatabase(async (sql) => {
    const id = await begin(sql);
    const [first] = await send(sql, id, ["bot"]);
    await fail(sql, first);
    const [{ id: messageId }] = await sql`
      insert into recruiting_messages (conversation_id, direction, sender_type, status, begun_at, confirm_due_at)
      values (${id}, 'outbound', 'bot', 'queued', now(), now()) returning id`;
    assertEquals(await reasons(sql), [BOT]);
    await sql`select recruiting_record_message_status(message_sid => ${newSid()},
      twilio_status => 'queued', channel => 'sms', message_id => ${messageId})`;
    assertEquals(await reasons(sql), []);
  }));

Deno.test("a failure without Twilio's word leaves the list when its SID comes after all", () =>
  withEmptiedDatabase(async (sql) => {
    const [{ id }] = await sql`
      insert into recruiting_messages
        (conversation_id, direction, sender_type, status, error_message, failed_at, begun_at)
      values (${await begin(
      sql,
    )}, 'outbound', 'agent', 'failed', 'Not found', now(), now()) returning id`;
    assertEquals(await reasons(sql), ["An agent's message failed: Not found"]);
    await sql`select recruiting_record_message_status(message_sid => ${newSid()},
      twilio_status => 'sent', channel => 'sms', message_id => ${id})`;
    assertEquals(await reasons(sql), []);
    const [{ attention_since }] =
      await sql`select attention_since from recruiting_messages where id = ${id}`;
    assertEquals(attention_since, null);
  }));

Deno.test("the list costs as many pages after 500 failures that were followed by another message as after none", () =>
  withOwnDatabase(async (sql) => {
    const id = await begin(sql);
    await sql`analyze`;
    const before = await pagesOf(sql, LIST);
    await sql`
      insert into recruiting_messages
        (conversation_id, direction, sender_type, status, error_code, failed_at, message_sid)
      select ${id}, 'outbound', 'bot', 'failed', '30005', now(), 'SM' || md5(n::text) from generate_series(1, 500) n`;
    await send(sql, id, ["bot"]);
    await sql`vacuum analyze recruiting_messages`;
    const after = await pagesOf(sql, LIST);
    assertEquals([await reasons(sql), after <= before + 8], [[], true], `${before} ${after}`);
  }));
