/** Retention: what is older than it has to be kept is emptied, and costs no more as it gathers. */
import type postgres from "postgres";
import { assert, assertEquals, rejection } from "../support/assert.ts";
import { bodiesOf } from "../support/conversations.ts";
import { withEmptiedDatabase } from "../support/emptied_database.ts";
import { withOwnDatabase } from "../support/own_database.ts";
import { beginConversation } from "../support/own_rows.ts";
import { pagesOf } from "../support/pages.ts";
import { receiveText } from "../support/receive_text.ts";
import { withSql } from "../support/stack.ts";
import { newPhone, newSid } from "../support/twilio.ts";

/** Room for another level of an index. */
const SLACK = 8;

const OUR_PHONE = "+15550100000";

/** Events so many days old, as if their callbacks had come then. */
async function oldEvents(sql: postgres.Sql, count: number, days = 100): Promise<string> {
  const phone = newPhone();
  await sql`
    insert into recruiting_message_events (message_sid, twilio_status, payload, received_at)
    select 'SM' || md5(${phone} || n), 'sent', jsonb_build_object('To', ${phone}::text),
      now() - ${days} * interval '1 day' + n * interval '1 millisecond'
    from generate_series(1, ${count}) n`;
  return phone;
}

/** How many of them have their payload still. */
async function unpruned(sql: postgres.Sql, phone: string): Promise<number> {
  const [{ count }] = await sql`
    select count(*)::int from recruiting_message_events where payload ->> 'To' = ${phone}`;
  return count;
}

/** An unmatched text with a picture, so many days old. Returns its SID. */
async function oldText(sql: postgres.Sql, phone: string, days: number): Promise<string> {
  const sid = newSid();
  await sql`
    insert into recruiting_unmatched_messages (message_sid, payload, reason, received_at, channel,
      recruit_phone, twilio_phone, body, media, verdict)
    values (${sid}, '{"Body": "Hello?"}', 'no_conversation', now() - ${days} * interval '1 day', 'sms',
      ${phone}, ${OUR_PHONE}, 'Hello?',
      '[{"url": "https://a.example/1", "content_type": "image/png"}]', 'reply')`;
  return sid;
}

async function prune(
  sql: postgres.Sql | postgres.ReservedSql,
  batch = 10_000,
): Promise<number> {
  const [{ emptied }] = await sql`select recruiting_prune(batch => ${batch}) as emptied`;
  return emptied;
}

Deno.test("payloads of events that are older than 90 days are emptied, and nothing else of them", () =>
  withEmptiedDatabase(async (sql) => {
    const [old, young] = [newSid(), newSid()];
    const rowOf = async (sid: string) => {
      const [row] = await sql`select * from recruiting_message_events where message_sid = ${sid}`;
      return { ...row };
    };
    for (const [sid, age] of [[old, "91 days"], [young, "89 days"]]) {
      await sql`insert into recruiting_message_events
        (message_sid, twilio_status, event, error_code, error_message, payload, received_at)
        values (${sid}, 'failed', 'sms_failed', '30003', 'Unreachable', '{"To": "a"}', now() - ${age}::interval)`;
    }
    const [oldBefore, youngBefore] = [await rowOf(old), await rowOf(young)];
    const [{ emptied }] = await sql`select recruiting_prune() as emptied`;
    assertEquals(emptied, 1);
    assertEquals(await rowOf(old), { ...oldBefore, payload: {} });
    assertEquals(await rowOf(young), youngBefore);
  }));

Deno.test("an old unmatched text loses payload, body and media, and no conversation adopts it", () =>
  withEmptiedDatabase(async (sql) => {
    const parties = { recruit_phone: newPhone(), twilio_phone: OUR_PHONE };
    const sid = await oldText(sql, parties.recruit_phone, 91);
    await receiveText(sql, parties, "Anyone?");
    assertEquals(await prune(sql), 1);
    const [row] = await sql`select payload, body, media, reason from recruiting_unmatched_messages
      where message_sid = ${sid}`;
    assertEquals({ ...row }, { payload: {}, body: "", media: [], reason: "pruned" });

    const { id } = await beginConversation(sql, parties);
    assertEquals(await bodiesOf(sql, id), ["Anyone?"]);
    const left =
      await sql`select reason from recruiting_unmatched_messages where message_sid = ${sid}`;
    assertEquals(left.map(({ reason }) => reason), ["pruned"]);
  }));

Deno.test("of 5,000 due rows, events and texts, five calls of 1,000 empty 1,000 each and the sixth none", () =>
  withEmptiedDatabase(async (sql) => {
    const phone = await oldEvents(sql, 4_900);
    await sql`insert into recruiting_unmatched_messages (message_sid, payload, reason, received_at)
      select 'SM' || md5(${phone} || 'text' || n), '{"a": 1}', 'no_conversation', now() - interval '91 days'
      from generate_series(1, 100) n`;
    const emptied: number[] = [];
    for (let times = 0; times < 6; times++) emptied.push(await prune(sql, 1_000));
    assertEquals(emptied, [1_000, 1_000, 1_000, 1_000, 1_000, 0]);
    assertEquals(await unpruned(sql, phone), 0);
  }));

Deno.test("what was written with an older time than the last call reached is emptied, too", () =>
  withEmptiedDatabase(async (sql) => {
    await oldEvents(sql, 10, 92);
    assertEquals(await prune(sql), 10);
    const phone = await oldEvents(sql, 10, 95);
    assertEquals(await prune(sql), 10);
    assertEquals(await unpruned(sql, phone), 0);
  }));

Deno.test("calls at the same time do not wait for each other, and share the rows", () =>
  withOwnDatabase(async (sql) => {
    const phone = await oldEvents(sql, 300);
    const first = await sql.reserve();
    try {
      await first`begin`;
      assertEquals(await prune(first, 100), 100);
      await sql`set lock_timeout = '5s'`;
      assertEquals(await prune(sql, 150), 150);
      // Passes over what the first one holds.
      assertEquals(await prune(sql, 150), 50);
      await first`rollback`;
    } finally {
      await first`rollback`.catch(() => {});
      first.release();
    }
    assertEquals(await unpruned(sql, phone), 100);
    assertEquals(await prune(sql, 150), 100);
  }));

Deno.test("a call reads no more pages right after 20,000 rows have been pruned than before", () =>
  withOwnDatabase(async (sql) => {
    await oldEvents(sql, 20_100);
    const call = "select recruiting_prune(batch => 1)";
    // The first call of a connection plans, and finds where these begin.
    await pagesOf(sql, call);
    const before = await pagesOf(sql, call);
    for (let times = 0; times < 10; times++) {
      assertEquals(await prune(sql, 2_000), 2_000);
    }
    const after = await pagesOf(sql, call);
    // Before the next vacuum the index has a page of dead entries for some 370 rows.
    assert(after <= before + SLACK, `${before} ${after}`);
  }));

Deno.test("a repeated callback of a pruned event changes nothing, and its missing error is still filled in", () =>
  withEmptiedDatabase(async (sql) => {
    const sid = newSid();
    await sql`insert into recruiting_message_events (message_sid, twilio_status, payload, received_at)
      values (${sid}, 'failed', '{"To": "a"}', now() - interval '91 days')`;
    assertEquals(await prune(sql), 1);
    await sql`select recruiting_record_message_status(message_sid => ${sid},
      twilio_status => 'failed', channel => 'sms', error_code => '30003')`;
    const rows = await sql`
      select payload, error_code from recruiting_message_events where message_sid = ${sid}`;
    assertEquals(rows.map((row) => ({ ...row })), [{ payload: {}, error_code: "30003" }]);
  }));

for (
  const [label, change] of [
    ["another payload", `payload = '{"a": 2}'`],
    ["an empty payload and another status", `payload = '{}', twilio_status = 'sent'`],
    ["an empty payload and an error", `payload = '{}', error_code = '30003'`],
    ["an empty payload and another time", `payload = '{}', received_at = now()`],
  ]
) {
  Deno.test(`even the owner gives no event ${label}`, () =>
    withEmptiedDatabase(async (sql) => {
      const sid = newSid();
      await sql`insert into recruiting_message_events (message_sid, twilio_status, payload)
        values (${sid}, 'failed', '{"a": 1}')`;
      const update = `update recruiting_message_events set ${change} where message_sid = '${sid}'`;
      assertEquals(
        await rejection(sql.unsafe(update)),
        "Rows of recruiting_message_events are never changed",
      );
    }));
}

for (
  const [options, message] of [
    ["keep => '-1 second'", /^keep must be zero or more/],
    ["keep => null", /^keep must be zero or more/],
    ["batch => 0", /^batch must be 1 or more$/],
    ["batch => -1", /^batch must be 1 or more$/],
    ["batch => null", /^batch must be 1 or more$/],
  ] as [string, RegExp][]
) {
  Deno.test(`a call with ${options} is refused`, () =>
    withSql(async (sql) => {
      const error = await sql.unsafe(`select recruiting_prune(${options})`).catch((error) => error);
      assertEquals(error.code, "22023");
      assert(message.test(error.message), error.message);
    }));
}
