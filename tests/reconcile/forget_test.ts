/** Erasure: after it nothing in the database names the phone, whatever arrives at the same time or later. */
import type postgres from "postgres";
import { assert, assertEquals } from "../support/assert.ts";
import { bodiesOf, outboundMessage, startConversation } from "../support/conversations.ts";
import { beginMessage } from "../support/own_rows.ts";
import { receiveText } from "../support/receive_text.ts";
import { asServiceRole, withSql } from "../support/stack.ts";
import {
  type Form,
  inboundForm,
  newPhone,
  newSid,
  postForStatus,
  statusForm,
} from "../support/twilio.ts";
import { until } from "../support/wait.ts";

/** The tables that an opt-out is in. */
const OPT_OUT = ["recruiting_consent_events", "recruiting_opt_outs"];

const OUR_PHONE = "+15550100000";

/** Forgets a phone the way a platform does. */
async function forget(phone: string) {
  const { data, error } = await asServiceRole().rpc("recruiting_forget", { recruit_phone: phone });
  if (error) throw new Error(error.message);
  const [counts, ...others] = data;
  assertEquals(others, []);
  return counts;
}

const NOTHING = { conversations: 0, messages: 0, events: 0, unmatched: 0, broadcasts: 0 };

/** Whether a phone's lock has a row, whose hash could be guessed. */
async function hasLock(sql: postgres.Sql, phone: string): Promise<boolean> {
  const rows = await sql`
    select from private.phone_locks where phone_hash = hashtextextended(${phone}, 0)`;
  return rows.length > 0;
}

/** The oldest transaction that may have been running when the tests began. */
let firstTransaction = "";

Deno.test.beforeAll(() =>
  withSql(async (sql) => {
    [{ firstTransaction }] = await sql`
      select pg_snapshot_xmin(pg_current_snapshot())::text as "firstTransaction"`;
  })
);

/**
 * The tables, of this project and of Realtime, that have a text in some row. Rows from before the tests, of
 * which a shared database has many, are not read: they cannot have it.
 */
async function tablesNaming(sql: postgres.Sql, text: string): Promise<string[]> {
  const tables = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_class c
    where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace, 'realtime'::regnamespace)
      and c.relkind in ('r', 'p') and not c.relispartition order by 1`;
  const naming = await Promise.all(tables.map(async ({ name }) => {
    const rows = await sql.unsafe(
      `select from ${name} row
        where row.xmin::text::bigint >= $2::bigint and strpos(row::text, $1) > 0 limit 1`,
      [text, firstTransaction],
    );
    return rows.length > 0 ? [name] : [];
  }));
  return naming.flat();
}

function text(fields: Form) {
  return postForStatus("sms-inbound", inboundForm({ To: OUR_PHONE, ...fields }));
}

/** A conversation with a text and a reply, of which Twilio reported two states. */
async function conversationOf(sql: postgres.Sql, phone: string, channel = "sms") {
  const prefix = channel === "sms" ? "" : `${channel}:`;
  const conversation = await startConversation({
    channel,
    recruit_phone: phone,
    status: "escalated",
  });
  const From = prefix + phone;
  assertEquals(await text({ From, To: prefix + OUR_PHONE, Body: `From ${phone}` }), "received");
  const sid = newSid();
  await outboundMessage(sql, conversation.id, sid);
  for (const status of ["sent", "delivered"]) {
    const form = statusForm(sid, status, { To: From, From: prefix + OUR_PHONE });
    assertEquals(await postForStatus("sms-status", form), "updated");
  }
  return { ...conversation, sid };
}

Deno.test("everything of a phone is deleted, on every channel, and counted; another recruit keeps all", () =>
  withSql(async (sql) => {
    const [phone, other] = [newPhone(), newPhone()];
    const conversations = [
      await conversationOf(sql, phone),
      await conversationOf(sql, phone, "whatsapp"),
    ];
    const kept = await conversationOf(sql, other);
    // Callbacks of messages that are unknown here, and a text to another number.
    for (const To of [phone, `whatsapp:${phone}`, other]) {
      assertEquals(
        await postForStatus("sms-status", statusForm(newSid(), "sent", { To })),
        "ignored",
      );
    }
    assertEquals(await text({ From: phone, To: newPhone() }), "no_conversation");
    const ids = conversations.map(({ id }) => id);
    const [{ broadcasts }] = await sql`select count(*)::int as broadcasts from realtime.messages
      where payload ->> 'conversation_id' in ${sql(ids)}`;
    assert(broadcasts >= 6, `${broadcasts} broadcasts`);
    const keptRows = () =>
      sql`select to_jsonb(c)::text || (select string_agg(to_jsonb(m)::text, '' order by seq)
            from recruiting_messages m where conversation_id = c.id)
          || (select count(*) from recruiting_message_events where payload ->> 'To' = ${other})
          || (select count(*) from realtime.messages where payload ->> 'conversation_id' = c.id::text) as rows
        from recruiting_conversations c where id = ${kept.id}`;
    const [{ rows }] = await keptRows();

    assertEquals(await forget(phone), {
      conversations: 2,
      messages: 4,
      events: 6,
      unmatched: 1,
      broadcasts,
    });
    assertEquals(await tablesNaming(sql, phone.slice(1)), []);
    for (const { id, sid } of conversations) {
      assertEquals(await tablesNaming(sql, id), []);
      assertEquals(await tablesNaming(sql, sid), []);
    }
    const [after] = await keptRows();
    assertEquals(after.rows, rows);
    assertEquals([await hasLock(sql, phone), await hasLock(sql, other)], [false, true]);
    assertEquals(await forget(phone), NOTHING);
  }));

for (
  const [label, spellings] of [
    ["Mexico", ["+5215555550161", "+525555550161"]],
    ["Argentina", ["+5491155550161", "+541155550161"]],
    ["Brazil", ["+551175550161", "+5511975550161"]],
  ]
) {
  Deno.test(`a phone of ${label} is erased in every spelling, whichever is named`, () =>
    withSql(async (sql) => {
      for (const named of spellings) {
        for (const phone of spellings) {
          await startConversation({ recruit_phone: phone, twilio_phone: newPhone() });
          await text({ From: `whatsapp:${phone}`, To: `whatsapp:${newPhone()}` });
          await postForStatus("sms-status", statusForm(newSid(), "sent", { To: phone }));
        }
        assertEquals(await forget(named), {
          ...NOTHING,
          conversations: 2,
          events: 2,
          unmatched: 2,
        });
        for (const phone of spellings) {
          assertEquals(await tablesNaming(sql, phone.slice(1)), []);
          const [row] =
            await sql`select private.is_erased(${phone}, now() - interval '1 minute') as is_erased`;
          assertEquals(row.is_erased, true);
        }
      }
    }));
}

Deno.test("a channel's prefix names the same phone", async () => {
  const { recruit_phone } = await startConversation();
  assertEquals(await forget(`whatsapp:${recruit_phone}`), { ...NOTHING, conversations: 1 });
});

Deno.test("the opt-out stays, without evidence, and holds for what begins later", () =>
  withSql(async (sql) => {
    const phone = newPhone();
    await conversationOf(sql, phone);
    await text({ From: phone, Body: "STOP" });
    const [{ opted_out_at }] =
      await sql`select opted_out_at from recruiting_opt_outs where recruit_phone = ${phone}`;
    await forget(phone);
    assertEquals(await tablesNaming(sql, phone.slice(1)), OPT_OUT);
    const opt_outs = await sql`
      select opted_out_at, message_sid from recruiting_opt_outs where recruit_phone = ${phone}`;
    assertEquals(opt_outs.map((row) => ({ ...row })), [{ opted_out_at, message_sid: null }]);
    const { id } = await startConversation({ recruit_phone: phone });
    const [row] = await sql`select opted_out_at from recruiting_conversations where id = ${id}`;
    assertEquals(row.opted_out_at, opted_out_at);
  }));

Deno.test("a phone of which nothing is stored is remembered as erased, until now and no longer", () =>
  withSql(async (sql) => {
    const phone = newPhone();
    const isForgotten = async (at: string) => {
      const [row] =
        await sql`select private.is_erased(${phone}, ${at}::text::timestamptz) as is_erased`;
      return row.is_erased;
    };
    assertEquals(await isForgotten("-infinity"), false);
    const [{ before }] = await sql`select clock_timestamp()::text as before`;
    assertEquals(await forget(phone), NOTHING);
    const [{ after }] = await sql`select clock_timestamp()::text as after`;
    assertEquals([await isForgotten(before), await isForgotten(after)], [true, false]);
    await forget(phone);
    assertEquals(await isForgotten(after), true);
  }));

Deno.test("the hashes of erased phones tell no phone without the key", () =>
  withSql(async (sql) => {
    const phone = newPhone();
    await forget(phone);
    const [{ keyed, plain }] = await sql`select
      count(*) filter (where phone_hash = private.phone_hash(${phone}))::int as keyed,
      count(*) filter (where phone_hash = sha256(convert_to(${phone}, 'UTF8')))::int as plain
      from private.erased_phones`;
    assertEquals([keyed, plain], [1, 0]);
    const [{ bytes, keys }] = await sql`
      select min(length(key)) as bytes, count(*)::int as keys from private.phone_hash_key`;
    assertEquals([bytes, keys], [32, 1]);
  }));

for (const phone of ["", " ", "whatsapp:", null]) {
  Deno.test(`a phone that is ${JSON.stringify(phone)} is refused`, async () => {
    const { error } = await asServiceRole().rpc(
      "recruiting_forget",
      { recruit_phone: phone } as { recruit_phone: string },
    );
    assertEquals([error?.code, error?.message], ["22023", "recruit_phone must not be empty"]);
  });
}

Deno.test("a late callback of an erased message leaves nothing, whatever its URL names", () =>
  withSql(async (sql) => {
    const phone = newPhone();
    const { sid, id } = await conversationOf(sql, phone);
    const unsent = await outboundMessage(sql, id);
    await forget(phone);
    for (const To of [phone, `whatsapp:${phone}`]) {
      for (const [late, query] of [[sid, ""], [newSid(), `?message=${unsent}`], [newSid(), ""]]) {
        const form = statusForm(late, "delivered", { To });
        assertEquals(await postForStatus("sms-status", form, { query }), "ignored");
        assertEquals(await tablesNaming(sql, late), []);
      }
    }
    assertEquals(await tablesNaming(sql, phone.slice(1)), []);
    assertEquals(await hasLock(sql, phone), false);
  }));

Deno.test("a newer text starts from the beginning, and so do the callbacks of a newer conversation", () =>
  withSql(async (sql) => {
    const phone = newPhone();
    await conversationOf(sql, phone);
    await forget(phone);
    assertEquals(await text({ From: phone, Body: "Hello again" }), "no_conversation");
    const { id } = await startConversation({ recruit_phone: phone });
    assertEquals(await bodiesOf(sql, id), ["Hello again"]);
    const sid = newSid();
    await postForStatus("sms-status", statusForm(sid, "delivered", { To: phone }));
    await outboundMessage(sql, id, sid);
    const [row] = await sql`select status from recruiting_messages where message_sid = ${sid}`;
    assertEquals(row.status, "delivered");
  }));

/** What is done to a recruit while they are erased. */
type Work = (sql: postgres.Sql | postgres.ReservedSql, scene: Scene) => Promise<unknown>;

interface Scene {
  phone: string;
  conversationId: string;
  /** The MessageSid of a message that Twilio reported as failed. */
  sid: string;
  /** A message without a SID. */
  unsent: string;
}

const received = (to: string, body: string): Work => (sql, { phone }) =>
  receiveText(sql, { recruit_phone: phone, twilio_phone: to }, body, {
    payload: { From: phone },
    turnWaitSeconds: 2,
  });

const reported =
  (sid: string, status: string, code: string | null = null): Work => (sql, { phone }) =>
    sql`select recruiting_record_message_status(message_sid => ${sid},
      twilio_status => ${status}, channel => 'sms', error_code => ${code},
      payload => ${JSON.stringify({ To: phone })})`;

const erased: Work = (sql, { phone }) => sql`select recruiting_forget(${phone})`;

/** Each with the tables that name the phone when it comes after the erasure. */
const WORKS: Record<string, [work: Work, stays?: string[]]> = {
  "a text": [received(OUR_PHONE, "Hi"), ["recruiting_unmatched_messages"]],
  "a text to another number": [received(newPhone(), "Hi"), ["recruiting_unmatched_messages"]],
  "STOP": [
    received(OUR_PHONE, "STOP"),
    [...OPT_OUT, "recruiting_unmatched_messages"],
  ],
  "a callback": [(sql, scene) => reported(scene.sid, "undelivered")(sql, scene)],
  "a callback that adds an error code to an event": [
    (sql, scene) => reported(scene.sid, "failed", "30003")(sql, scene),
  ],
  "a callback with 21610": [(sql, scene) => reported(scene.sid, "failed", "21610")(sql, scene)],
  "a callback that stores a SID": [
    (sql, { phone, unsent }) =>
      sql`select recruiting_record_message_status(message_sid => ${newSid()},
        twilio_status => 'sent', channel => 'sms', payload => ${JSON.stringify({ To: phone })},
        message_id => ${unsent})`,
  ],
  "a callback of an unknown message": [(sql, scene) => reported(newSid(), "sent")(sql, scene)],
  "another conversation": [
    (sql, { phone }) =>
      sql`select recruiting_start_conversation(channel => 'sms', recruit_phone => ${phone},
      twilio_phone => ${newPhone()})`,
    ["recruiting_conversations"],
  ],
  "a hand-off": [
    (sql, { conversationId }) =>
      sql`update recruiting_conversations set status = 'escalated' where id = ${conversationId}`,
  ],
  "retention": [(sql) => sql`select recruiting_prune('0', 1000000)`],
  "another erasure": [erased],
};

async function prepare(sql: postgres.Sql): Promise<Scene> {
  const { id, recruit_phone: phone } = await startConversation();
  const [sid, unsent] = [newSid(), await outboundMessage(sql, id)];
  await outboundMessage(sql, id, sid);
  const scene = { phone, conversationId: id, sid, unsent };
  await reported(sid, "failed")(sql, scene);
  return scene;
}

/** Begins the second one while the first one is about to commit; tells what names the phone in the end. */
async function overlapping(sql: postgres.Sql, first: Work, second: Work): Promise<string[]> {
  const scene = await prepare(sql);
  const [one, two] = [await sql.reserve(), await sql.reserve()];
  try {
    const [{ pid }] = await two`select pg_backend_pid() as pid`;
    await one`begin`;
    await first(one, scene);
    await one`set constraints all immediate`;
    let isDone = false;
    const done = second(two, scene).finally(() => isDone = true);
    await until(async () => {
      const [{ waits }] = await sql`select cardinality(pg_blocking_pids(${pid})) > 0 as waits`;
      return isDone || waits;
    }, "the second transaction to wait or to end");
    await one`commit`;
    await done;
  } finally {
    await one`rollback`.catch(() => {});
    one.release();
    two.release();
  }
  return await tablesNaming(sql, scene.phone.slice(1));
}

for (const [label, [work, stays = []]] of Object.entries(WORKS)) {
  Deno.test(`${label} and then an erasure, overlapping, leave nothing but an opt-out`, () =>
    withSql(async (sql) => {
      const left = /STOP|21610/.test(label) ? OPT_OUT : [];
      assertEquals(await overlapping(sql, work, erased), left);
    }));

  Deno.test(`an erasure and then ${label}, overlapping, leave ${stays.join(" and ") || "nothing"}`, () =>
    withSql(async (sql) => {
      assertEquals(await overlapping(sql, erased, work), stays);
    }));
}

Deno.test("an erasure counts what a text has written that it waited for", () =>
  withSql(async (sql) => {
    const { recruit_phone: phone } = await startConversation({ status: "escalated" });
    await sql`delete from realtime.messages where payload ->> 'recruit_phone' = ${phone}`;
    const receiving = await sql.reserve();
    try {
      await receiving`begin`;
      await receiveText(receiving, { recruit_phone: phone, twilio_phone: OUR_PHONE }, "Hi");
      const counts = forget(phone);
      await until(async () => {
        const [{ waiting }] =
          await sql`select count(*)::int as waiting from pg_locks where not granted`;
        return waiting > 0;
      }, "the erasure to wait");
      await receiving`commit`;
      assertEquals(await counts, { ...NOTHING, conversations: 1, messages: 1, broadcasts: 1 });
    } finally {
      await receiving`rollback`.catch(() => {});
      receiving.release();
    }
  }));

Deno.test("a callback whose message is erased while it waits, and one of an unknown message, do not wait for each other", () =>
  withSql(async (sql) => {
    await sql`select recruiting_forget(${newPhone()})`;
    // Our phone is the first in order of the two phones in the callbacks.
    const twilio_phone = "+15550100000";
    const { id, recruit_phone } = await startConversation({ twilio_phone });
    const sid = newSid();
    const { id: messageId } = await beginMessage(sql, id);
    await sql`select recruiting_record_message_status(message_sid => ${sid},
      twilio_status => 'sent', channel => 'sms', message_id => ${messageId})`;
    const payload = JSON.stringify({ To: recruit_phone, From: twilio_phone });
    const results: Promise<string>[] = [];
    const callBack = async (sid: string, status: string, code: string | null) => {
      const call = sql`select recruiting_record_message_status(message_sid => ${sid},
        twilio_status => ${status}, channel => 'sms', error_code => ${code}, payload => ${payload})`;
      results.push(call.then(() => "done", (error) => error.code));
      await until(async () => {
        const [{ waiting }] = await sql`select count(*)::int as waiting from pg_stat_activity
          where wait_event_type = 'Lock' and query like '%record_message_status%'`;
        return waiting >= results.length;
      }, "the callback to wait");
    };
    await sql.begin(async (erasing) => {
      await erasing`select recruiting_forget(${recruit_phone})`;
      await callBack(sid, "failed", "21610");
      await callBack(newSid(), "sent", null);
    });
    assertEquals(await Promise.all(results), ["done", "done"]);
  }));
