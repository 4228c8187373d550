/** Batches of events at the database: their locks, their order, and what an error in one of them leaves. */
import type postgres from "postgres";
import { assertEquals, assertMatch } from "../support/assert.ts";
import { withCallers } from "../support/at_once.ts";
import { withEmptiedDatabase } from "../support/emptied_database.ts";
import { withOwnDatabase } from "../support/own_database.ts";
import { beginConversation, beginMessage, insertAgent } from "../support/own_rows.ts";
import { newPhone, newSid } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

const OURS = { our_channel: "sms", our_address: "+15550100000" };

interface Told {
  step: string;
  id: string;
  [field: string]: unknown;
}

const text = (recruit_phone: string, message_sid = newSid(), body = "Hi"): Told => ({
  step: "text",
  id: newSid("EZ"),
  message_sid,
  resource_sid: message_sid,
  channel: "sms",
  recruit_phone,
  twilio_phone: "+15550100000",
  body,
  verdict: "reply",
  phones: [recruit_phone],
  payload: { body },
  ...OURS,
});

const status = (recruit_phone: string, message_sid: string, twilio_status = "sent"): Told => ({
  step: "status",
  id: newSid("EZ"),
  message_sid,
  resource_sid: message_sid,
  channel: "sms",
  twilio_status,
  recruit_phone,
  phones: [recruit_phone],
  payload: {},
  ...OURS,
});

const kept = (id = newSid("EZ"), fields: Record<string, unknown> = {}): Told => ({
  step: "keep",
  kind: "event",
  id,
  phones: [],
  payload: { a: 1 },
  ...fields,
});

async function receive(sql: postgres.Sql | postgres.TransactionSql, told: Told[]) {
  const [row] = await sql`
    select * from recruiting_receive_twilio_events(events => ${JSON.stringify(told)})`;
  return { stored: row.stored, refused: row.refused };
}

Deno.test("20 batches with the same SIDs, phones and ids in any order do not deadlock, and store each once", () =>
  withEmptiedDatabase((sql) =>
    withCallers(sql, async (atOnce) => {
      const phones: string[] = [];
      for (let n = 0; n < 8; n++) phones.push((await beginConversation(sql)).recruit_phone);
      phones.push(newPhone(), newPhone());
      const told = phones.flatMap((phone) => {
        const sid = newSid();
        return [
          text(phone),
          text(phone),
          status(phone, sid),
          status(phone, sid, "delivered"),
          kept(),
        ];
      });
      const orders = Array.from({ length: 20 }, (_, n) => {
        const turned = [...told.slice(n * 2), ...told.slice(0, n * 2)];
        return n % 2 ? turned.toReversed() : turned;
      });
      const results = await atOnce(
        orders.map((events) => (sql) => receive(sql, events)),
        "at once",
      );
      for (const result of results) assertEquals(result, { stored: told.length, refused: [] });
      const [counts] = await sql`select
        (select count(*)::int from recruiting_messages) as messages,
        (select count(*)::int from recruiting_unmatched_messages) as unmatched,
        (select count(*)::int from recruiting_message_events) as statuses,
        (select count(*)::int from recruiting_twilio_events) as events`;
      assertEquals({ ...counts }, { messages: 16, unmatched: 4, statuses: 20, events: 10 });
    })
  ));

Deno.test("batches, single webhooks, opt-outs and erasures of the same recruits do not deadlock", () =>
  withEmptiedDatabase((sql) =>
    withCallers(sql, async (atOnce) => {
      const phones: string[] = [];
      const sids: string[] = [];
      for (let n = 0; n < 6; n++) {
        const { id, recruit_phone } = await beginConversation(sql);
        phones.push(recruit_phone);
        const message = await beginMessage(sql, id);
        const sid = newSid();
        await sql`select recruiting_record_send(message_id => ${message.id},
          begun_at => ${message.begunAt}, message_sid => ${sid}, twilio_status => 'queued')`;
        sids.push(sid);
      }
      for (let round = 0; round < 5; round++) {
        const batch = phones.flatMap((phone, n) => [
          { ...status(phone, sids[n], "failed"), error_code: "21610" },
          { ...text(phone), verdict: round % 2 ? "stop" : "start", consent_source: "keyword" },
          { ...text(phone), verdict: "doubt" },
          kept(undefined, { phones: [phone] }),
        ]);
        await atOnce<unknown>([
          (sql) => receive(sql, batch),
          (sql) => receive(sql, batch.toReversed()),
          (sql) => receive(sql, [...batch.slice(9), ...batch.slice(0, 9)]),
          ...sids.map((sid) => (sql: postgres.TransactionSql) =>
            sql`select recruiting_record_message_status(message_sid => ${sid},
              twilio_status => 'undelivered', channel => 'sms', error_code => '21610')`
          ),
          ...phones.map((phone) => (sql: postgres.TransactionSql) =>
            sql`select recruiting_receive_message(message_sid => ${newSid()}, channel => 'sms',
              recruit_phone => ${phone}, twilio_phone => '+15550100000', payload => '{}',
              verdict => 'stop')`
          ),
          ...phones.slice(4).map((phone) => (sql: postgres.TransactionSql) =>
            sql`select recruiting_forget(${phone})`
          ),
        ], "at once");
      }
    })
  ));

Deno.test("all locks are there before the first event: a batch that waits has written nothing", () =>
  withEmptiedDatabase(async (sql) => {
    const [first, second] = [await beginConversation(sql), await beginConversation(sql)];
    const holder = await sql.reserve();
    try {
      await holder`begin`;
      await holder`select from recruiting_conversations where id = ${second.id} for update`;
      const told = [text(first.recruit_phone), text(second.recruit_phone)];
      const waiting = receive(sql, told);
      await until(async () => {
        const rows = await sql`select from pg_stat_activity
          where wait_event_type = 'Lock' and query like '%receive_twilio_events%'`;
        return rows.length > 0;
      }, "the batch to wait");
      const [{ locks }] = await sql`select count(*)::int as locks from pg_locks l
        join pg_class c on c.oid = l.relation
        where c.relname = 'recruiting_messages' and l.mode = 'RowExclusiveLock'
          and l.database = (select oid from pg_database where datname = current_database())`;
      assertEquals(locks, 0);
      await holder`commit`;
      assertEquals(await waiting, { stored: 2, refused: [] });
    } finally {
      await holder`rollback`.catch(() => {});
      holder.release();
    }
  }));

Deno.test("an event that the database refuses holds up no other: a text is unmatched, anything else is kept as refused", () =>
  withOwnDatabase(async (sql) => {
    const { id, recruit_phone } = await beginConversation(sql);
    await sql`alter table recruiting_messages add constraint no_secrets check (body <> 'refuse me')`;
    const told = [
      text(recruit_phone, undefined, "first"),
      text(recruit_phone, undefined, "refuse me"),
      status(recruit_phone, newSid(), "bad-status"),
      kept(undefined, { level: "loud" }),
      { ...text(recruit_phone), verdict: "guess" },
      text(recruit_phone, undefined, "last"),
    ];
    for (let times = 0; times < 2; times++) {
      assertEquals(await receive(sql, told), {
        stored: 6,
        refused: [
          "refused 23514 no_secrets",
          "refused 23514 recruiting_message_events_twilio_status",
          "refused 22P02",
          "refused 22P02",
        ],
      });
    }
    const bodies =
      await sql`select body from recruiting_messages where conversation_id = ${id} order by seq`;
    assertEquals(bodies.map(({ body }) => body), ["first", "last"]);
    const unmatched = await sql`select body, reason, payload from recruiting_unmatched_messages`;
    assertEquals(unmatched.map((row) => ({ ...row })), [{
      body: "refuse me",
      reason: "refused 23514 no_secrets",
      payload: { body: "refuse me" },
    }]);
    const refused =
      await sql`select id, kind, reason, phones, payload from recruiting_twilio_events`;
    assertEquals(
      Object.fromEntries(refused.map(({ id, ...row }) => [id, row])),
      Object.fromEntries([
        [told[2], "refused 23514 recruiting_message_events_twilio_status", [recruit_phone]],
        [told[3], "refused 22P02", []],
        [told[4], "refused 22P02", [recruit_phone]],
      ].map(([event, reason, phones]) => [
        (event as Told).id,
        { kind: "refused", reason, phones, payload: (event as Told).payload },
      ])),
    );
  }));

Deno.test("the texts of strangers in a batch begin their conversations, and adopt what came before", () =>
  withEmptiedDatabase((sql) =>
    withCallers(sql, async (atOnce) => {
      const earlier = newPhone();
      await sql`insert into recruiting_senders (address, strangers) values ('+15550100000', 'escalate')`;
      await receive(sql, [{ ...text(earlier), verdict: "none" }]);
      const phones = [earlier, newPhone(), newPhone(), newPhone()];
      const told = phones.map((phone) => text(phone));
      const results = await atOnce([
        (sql: postgres.TransactionSql) => receive(sql, told),
        (sql: postgres.TransactionSql) => receive(sql, told.toReversed()),
      ], "at once");
      for (const { stored } of results) assertEquals(stored, 4);
      const rows = await sql`select c.recruit_phone, c.status, count(m.id)::int as texts
        from recruiting_conversations c join recruiting_messages m on m.conversation_id = c.id
        group by c.id`;
      assertEquals(
        Object.fromEntries(rows.map(({ recruit_phone, status, texts }) => [
          recruit_phone,
          [status, texts],
        ])),
        Object.fromEntries(
          phones.map((phone) => [phone, ["escalated", phone === earlier ? 2 : 1]]),
        ),
      );
    })
  ));

Deno.test("what fails for another reason undoes the whole call", () =>
  withOwnDatabase(async (sql) => {
    const { recruit_phone } = await beginConversation(sql);
    await sql`create function fail() returns trigger language plpgsql as
      $$ begin raise exception using errcode = '40001'; end $$`;
    await sql`create trigger fail before insert on recruiting_message_events
      for each row execute function fail()`;
    const told = [text(recruit_phone), kept(), status(recruit_phone, newSid())];
    const error = await receive(sql, told).catch((error) => error);
    assertEquals(error.code, "40001");
    const [counts] = await sql`select
      (select count(*)::int from recruiting_messages) + (select count(*)::int from recruiting_twilio_events)
      as rows`;
    assertEquals(counts.rows, 0);
  }));

Deno.test("an event of a phone that was erased after it is not kept again, and leaves no lock", () =>
  withEmptiedDatabase(async (sql) => {
    const phone = newPhone();
    const before = kept(undefined, { phones: [phone], occurred_at: "2026-01-01T00:00:00Z" });
    assertEquals(await receive(sql, [before]), { stored: 1, refused: [] });
    await sql`select recruiting_forget(${phone})`;
    assertEquals(await receive(sql, [before]), { stored: 0, refused: [] });
    const locks = await sql`select from private.phone_locks
      where phone_hash = private.phone_lock_hash(${phone})`;
    assertEquals(locks.length, 0);
    const [{ later }] = await sql`select (clock_timestamp() + interval '1 second')::text as later`;
    const after = kept(undefined, { phones: [phone], occurred_at: later });
    assertEquals(await receive(sql, [before, after]), { stored: 1, refused: [] });
  }));

Deno.test("phones are kept as their canonical spelling, each once", () =>
  withEmptiedDatabase(async (sql) => {
    const told = kept(undefined, { phones: ["+5215512345678", "+15550100000", "+525512345678"] });
    await receive(sql, [told]);
    const [{ phones }] = await sql`select phones from recruiting_twilio_events`;
    assertEquals(phones, ["+525512345678", "+15550100000"]);
  }));

Deno.test("only read committed transactions may write a batch", () =>
  withEmptiedDatabase(async (sql) => {
    const error = await sql.begin(
      "isolation level repeatable read",
      (sql) => receive(sql, [kept()]),
    )
      .catch((error) => error);
    assertEquals(error.code, "25000");
    assertMatch(error.message, /read committed/);
  }));

Deno.test("a batch goes on beside the deletion of its conversation's agent, which waits for it", () =>
  withEmptiedDatabase(async (sql) => {
    const agentId = await insertAgent(sql);
    const { id, recruit_phone } = await beginConversation(sql, { assigned_agent_id: agentId });
    const batch = await sql.reserve();
    try {
      await batch`begin`;
      await receive(batch, [text(recruit_phone)]);
      const deleting = sql`delete from auth.users where id = ${agentId}`.then(() => "deleted");
      // Handled at once: a rejection while the batch goes on would end the test run.
      deleting.catch(() => {});
      await until(async () => {
        const waiting = await sql`
          select from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`;
        return waiting.length > 0;
      }, "the deletion to wait");
      // The second change of a row in one transaction checks the foreign key on users.
      assertEquals(await receive(batch, [text(recruit_phone)]), { stored: 1, refused: [] });
      await batch`commit`;
      assertEquals(await deleting, "deleted");
    } finally {
      await batch`rollback`;
      batch.release();
    }
    const [row] = await sql`
      select assigned_agent_id, last_seq::int from recruiting_conversations where id = ${id}`;
    assertEquals({ ...row }, { assigned_agent_id: null, last_seq: 2 });
  }));
