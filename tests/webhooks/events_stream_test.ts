/** What twilio-events makes of the events of Event Streams, one by one and in batches. */
import type postgres from "postgres";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { outboundMessage, startConversation } from "../support/conversations.ts";
import { API_URL, withSql } from "../support/stack.ts";
import { newPhone, newSid, post, postForStatus, statusForm } from "../support/twilio.ts";
import {
  type CloudEvent,
  cloudEvent,
  debuggerForm,
  debuggerPayload,
  keptEvent,
  postEvents,
  statusEvent,
  textEvent,
} from "../support/twilio_events.ts";

const TO = "+15550100000";
/** A number that is neither a sender nor in a conversation. */
const OTHER = "+15559990000";

const ignored = { httpStatus: 200, status: "ignored" };
const received = { httpStatus: 200, status: "received" };

async function messageOf(sql: postgres.Sql, sid: string) {
  const [row] = await sql`select * from recruiting_messages where message_sid = ${sid}`;
  return row;
}

async function eventsOf(sql: postgres.Sql, sid: string) {
  return [
    ...await sql`select * from recruiting_message_events where message_sid = ${sid}
    order by twilio_status`,
  ];
}

/** A message whose SID is stored. */
async function sentMessage(sql: postgres.Sql): Promise<{ sid: string; phone: string; id: string }> {
  const { id: conversationId, recruit_phone } = await startConversation();
  const sid = newSid();
  return { sid, phone: recruit_phone, id: await outboundMessage(sql, conversationId, sid) };
}

Deno.test("a status in capitals, with a code that is a number, moves its message", () =>
  withSql(async (sql) => {
    const { sid, phone } = await sentMessage(sql);
    const event = statusEvent(sid, "undelivered", { to: phone, errorCode: 30007 });
    assertEquals(await postEvents([event]), received);
    assertEquals(await postEvents(event), received);
    const { status, error_code } = await messageOf(sql, sid);
    assertEquals([status, error_code], ["failed", "30007"]);
    const [row, ...more] = await eventsOf(sql, sid);
    assertEquals(
      [row.twilio_status, row.event, row.error_code, row.payload, more.length],
      ["undelivered", "sms_undelivered", "30007", event, 0],
    );
    assertEquals(await keptEvent(sql, event.id), undefined);
  }));

Deno.test("an erasure finds the status of an unknown message, also where its data came as text", () =>
  withSql(async (sql) => {
    const [sid, to] = [newSid(), newPhone()];
    const event = statusEvent(sid, "sent", { to });
    assertEquals(await postEvents({ ...event, data: JSON.stringify(event.data) }), received);
    assertEquals((await eventsOf(sql, sid)).map(({ payload }) => payload), [event]);
    await sql`select recruiting_forget(${to})`;
    assertEquals(await eventsOf(sql, sid), []);
  }));

Deno.test("data that comes as text is stored as far as Postgres can, like data that comes as JSON", () =>
  withSql(async (sql) => {
    const status = statusEvent(newSid(), "sent", { x: "a\0b" });
    const text = textEvent({ body: "a\0b" });
    for (const event of [status, text]) {
      assertEquals(await postEvents({ ...event, data: JSON.stringify(event.data) }), received);
    }
    const [{ payload }] = await eventsOf(sql, String(status.data.messageSid));
    assertEquals(payload.data.x, "a\uFFFDb");
    const [{ reason }] = await sql`select reason from recruiting_unmatched_messages
      where message_sid = ${String(text.data.messageSid)}`;
    assertEquals(reason, "no_conversation");
  }));

Deno.test("the message in the callback's URL tells whose the status is", () =>
  withSql(async (sql) => {
    const { id } = await startConversation();
    const messageId = await outboundMessage(sql, id);
    const sid = newSid();
    const statusCallBackUrl = `${API_URL}/functions/v1/sms-status?message=${messageId}#rc=3`;
    // Also where a Messaging Service sends from another number.
    const event = statusEvent(sid, "sent", { from: OTHER, statusCallBackUrl });
    assertEquals(await postEvents([event]), received);
    const { id: found, status } = await messageOf(sql, sid);
    assertEquals([found, status], [messageId, "sent"]);
  }));

Deno.test("a status on WhatsApp is stored with its channel, and read lifts to delivered", () =>
  withSql(async (sql) => {
    const { sid } = await sentMessage(sql);
    const addresses = { from: `whatsapp:${TO}`, to: "whatsapp:+15550000001" };
    assertEquals(await postEvents([statusEvent(sid, "read", addresses)]), received);
    assertEquals((await eventsOf(sql, sid))[0].event, "whatsapp_read");
    assertEquals((await messageOf(sql, sid)).status, "delivered");
  }));

Deno.test("a text is stored with Twilio's time, and its attachments are due", () =>
  withSql(async (sql) => {
    const { id, recruit_phone } = await startConversation();
    const timestamp = "2026-01-02T03:05:00.000Z";
    const event = textEvent({ from: recruit_phone, timestamp, numMedia: 2, numSegments: 3 });
    assertEquals(await postEvents([event]), received);
    assertEquals(await postEvents([event, event]), received);
    const row = await messageOf(sql, String(event.data.messageSid));
    assertEquals(
      [row.conversation_id, row.body, row.created_at, row.num_media, row.num_segments, row.media],
      [id, "Hello", new Date(timestamp), 2, 3, []],
    );
    assert(row.media_due_at instanceof Date, `media_due_at is ${row.media_due_at}`);
  }));

Deno.test("a text of the future arrives now, and its reply is left to the schedule", () =>
  withSql(async (sql) => {
    const { id, recruit_phone } = await startConversation();
    const event = textEvent({ from: recruit_phone, timestamp: "2099-01-01T00:00:00Z" });
    assertEquals(await postEvents([event]), received);
    const [{ is_past }] = await sql`select created_at <= clock_timestamp() as is_past
      from recruiting_messages where message_sid = ${String(event.data.messageSid)}`;
    assertEquals(is_past, true);
    const [{ reply_due_at }] = await sql`
      select reply_due_at from recruiting_conversations where id = ${id}`;
    assert(reply_due_at instanceof Date, `reply_due_at is ${reply_due_at}`);
  }));

for (
  const [data, label] of [[{ optOutType: "STOP", body: "x" }, "Twilio's verdict"], [{
    body: "please stop texting me",
  }, "its words"]] as const
) {
  Deno.test(`a text that opts out by ${label} opts the phone out`, () =>
    withSql(async (sql) => {
      const { recruit_phone } = await startConversation();
      assertEquals(await postEvents([textEvent({ from: recruit_phone, ...data })]), received);
      const rows =
        await sql`select from recruiting_opt_outs where recruit_phone = ${recruit_phone}`;
      assertEquals(rows.length, 1);
    }));
}

Deno.test("a text without a conversation to a number of ours is unmatched, with its whole event", () =>
  withSql(async (sql) => {
    await startConversation();
    const event = textEvent();
    assertEquals(await postEvents([event]), received);
    const [row] = await sql`select * from recruiting_unmatched_messages
      where message_sid = ${String(event.data.messageSid)}`;
    assertEquals([row.reason, row.body, row.payload], ["no_conversation", "Hello", event]);
  }));

Deno.test("messages of other products are ignored, and nothing of them is kept", () =>
  withSql(async (sql) => {
    await startConversation();
    const phone = newPhone();
    const status = statusEvent(newSid(), "delivered", { from: OTHER, to: phone });
    const text = textEvent({ from: phone, to: OTHER });
    assertEquals(await postEvents([status, text]), ignored);
    for (const { id, data: { messageSid } } of [status, text]) {
      const sid = String(messageSid);
      assertEquals(await keptEvent(sql, id), undefined);
      assertEquals((await eventsOf(sql, sid)).length, 0);
      const unmatched =
        await sql`select from recruiting_unmatched_messages where message_sid = ${sid}`;
      assertEquals(unmatched.length, 0);
    }
    const locks = await sql`select from private.phone_locks
      where phone_hash = private.phone_lock_hash(${phone})`;
    assertEquals(locks.length, 0);
  }));

for (
  const [label, ours] of [
    ["a sender's", "sender"],
    ["in a conversation", "conversation"],
  ] as const
) {
  Deno.test(`an event is ours when our side is ${label}, on its channel`, () =>
    withSql(async (sql) => {
      const address = newPhone();
      if (ours === "sender") {
        await sql`insert into recruiting_senders (address) values (${address})`;
      } else await startConversation({ twilio_phone: address });
      assertEquals(await postEvents([statusEvent(newSid(), "sent", { from: address })]), received);
      assertEquals(await postEvents([textEvent({ to: address })]), received);
      assertEquals(
        await postEvents([statusEvent(newSid(), "sent", { from: `whatsapp:${address}` })]),
        ignored,
      );
    }));
}

Deno.test("an event is ours when its SID is in a table, whatever its numbers", () =>
  withSql(async (sql) => {
    const { sid } = await sentMessage(sql);
    assertEquals(await postEvents([statusEvent(sid, "delivered", { from: OTHER })]), received);
    const known = newSid();
    await postForStatus("sms-status", statusForm(known, "sent"));
    assertEquals(await postEvents([statusEvent(known, "delivered", { from: OTHER })]), received);
    const text = textEvent();
    await startConversation();
    await postEvents([text]);
    assertEquals(await postEvents([{ ...text, data: { ...text.data, to: OTHER } }]), received);
  }));

Deno.test("an error of the debugger is one row, whether it comes by event, by form, or by both", () =>
  withSql(async (sql) => {
    const from = newPhone();
    const payload = debuggerPayload("11200", { from });
    for (const order of [["event", "form"], ["form", "event"]]) {
      const sid = newSid("NO");
      const event = cloudEvent("com.twilio.error-logs.error.logged", {
        sid,
        level: "ERROR",
        error_code: "11200",
        date_created: "2026-01-02T03:04:05.000Z",
        correlation_sid: newSid(),
        payload: JSON.stringify(payload),
      }, { id: sid });
      for (const by of order) {
        if (by === "event") assertEquals(await postEvents([event]), received);
        else {
          const form = debuggerForm(payload, { Sid: sid });
          assertEquals(await postForStatus("twilio-events", form), "received");
        }
      }
      const { payload: stored, ...row } = (await keptEvent(sql, sid))!;
      assertEquals(row, {
        id: sid,
        kind: "debugger",
        type: order[0] === "event" ? event.type : null,
        resource_sid: payload.resource_sid,
        level: "error",
        error_code: "11200",
        url: `${API_URL}/functions/v1/sms-inbound`,
        phones: [from, TO],
        reason: null,
        occurred_at: new Date("2026-01-02T03:04:05.000Z"),
      });
      assert(!JSON.stringify(stored).includes("quoted-header"), JSON.stringify(stored));
    }
  }));

Deno.test("what the debugger logs for information, and a test event, are ignored", () =>
  withSql(async (sql) => {
    for (
      const [type, data] of [
        ["com.twilio.error-logs.error.logged", { level: "INFO", payload: "{}" }],
        ["com.twilio.error-logs.error.logged", { level: "info" }],
        ["com.twilio.eventstreams.test-event", { test_id: crypto.randomUUID() }],
      ] as const
    ) {
      const event = cloudEvent(type, data);
      assertEquals(await postEvents([event]), ignored);
      assertEquals(await keptEvent(sql, event.id), undefined);
    }
  }));

const LONG = `SM${"a".repeat(33)}`;

for (
  const [label, event, columns] of [
    [
      "of another type",
      cloudEvent("com.twilio.accountsecurity.verify.message.delivered", {
        to: TO,
        verification_sid: "VE00000000000000000000000000000000",
        created_at: "2026-01-02T03:04:05.000Z",
      }, { time: "2026-01-02T03:04:05.000Z" }),
      {
        resource_sid: "VE00000000000000000000000000000000",
        phones: [TO],
        occurred_at: new Date("2026-01-02T03:04:05.000Z"),
      },
    ],
    [
      "of a call",
      cloudEvent("com.twilio.voice.status-callback.call.completed", {
        sid: "CA00000000000000000000000000000000",
        request: { method: "POST", parameters: { From: TO, To: "+15550000009" } },
        timestamp: "2026-01-02T03:04:05.000Z",
      }),
      {
        resource_sid: "CA00000000000000000000000000000000",
        phones: [TO, "+15550000009"],
      },
    ],
    ["of a status whose SID is too long", statusEvent(LONG, "sent"), {}],
    ["of a status that is too long", statusEvent(newSid(), "s".repeat(33)), {}],
    ["of a status without a SID", statusEvent("", "sent"), {}],
    ["of a status that is no text", statusEvent(newSid(), "sent", { messageStatus: 5 }), {}],
    ["of a text whose SID is too long", textEvent({ messageSid: LONG }), {}],
    ["of a text without a sender", textEvent({ from: undefined }), {}],
    ["without data", cloudEvent("com.example.x", null as never), {}],
    ["whose data is a text", cloudEvent("com.example.x", "text" as never), {}],
    ["without a type", cloudEvent(undefined as never, {}), { type: null }],
  ] as [string, CloudEvent, Record<string, unknown>][]
) {
  Deno.test(`an event ${label} is kept as event, once`, () =>
    withSql(async (sql) => {
      assertEquals(await postEvents([event, event]), received);
      assertEquals(await postEvents(event), received);
      const row = (await keptEvent(sql, event.id))!;
      for (
        const [column, value] of Object.entries({ kind: "event", type: event.type, ...columns })
      ) assertEquals(row[column], value);
      assertEquals(row.payload, JSON.parse(JSON.stringify(event)));
    }));
}

Deno.test("an event without a usable id has a hash, the same in whatever order its members come", () =>
  withSql(async (sql) => {
    const mark = crypto.randomUUID();
    for (const id of [undefined, "", "x".repeat(256), 5]) {
      const event = cloudEvent("com.example.x", { mark, a: { b: 1, c: 2 } }, {
        id: id as never,
        time: mark,
      });
      const reversed = Object.fromEntries(Object.entries(event).reverse());
      assertEquals(await postEvents([event, reversed]), received);
    }
    const rows =
      await sql`select id from recruiting_twilio_events where payload ->> 'time' = ${mark}`;
    assertEquals(rows.length, 4);
    for (const { id } of rows) assertMatch(id, /^sha256:[0-9a-f]{64}$/);
  }));

Deno.test("an array without an event is one thing that is not known; among events each item counts", () =>
  withSql(async (sql) => {
    const mark = crypto.randomUUID();
    const count = async () =>
      (await sql`select from recruiting_twilio_events
      where payload::text like ${`%${mark}%`} and kind = 'unknown'`).length;
    assertEquals(await postEvents([{ mark }, { mark: 2 }, null]), received);
    assertEquals(await postEvents([{ mark }, { mark: 2 }, null]), received);
    assertEquals(await count(), 1);
    const known = cloudEvent("com.example.x", {});
    assertEquals(await postEvents([known, { mark }, [mark], null, 5, {}, []]), received);
    assertEquals(await count(), 3);
    assertEquals((await keptEvent(sql, known.id))?.id, known.id);
  }));

Deno.test("a status that the database refuses is kept as refused, with its reason and its SID", () =>
  withSql(async (sql) => {
    await startConversation();
    const bad = statusEvent(newSid(), "no-status");
    const good = statusEvent(newSid(), "sent");
    assertEquals(await postEvents([bad, good]), received);
    assertEquals(await postEvents([bad, good]), received);
    const { kind, reason, resource_sid, payload } = (await keptEvent(sql, bad.id))!;
    assertEquals({ kind, reason, resource_sid, payload }, {
      kind: "refused",
      reason: "refused 23514 recruiting_message_events_twilio_status",
      resource_sid: bad.data.messageSid,
      payload: bad,
    });
    assertEquals((await eventsOf(sql, String(bad.data.messageSid))).length, 0);
    assertEquals((await eventsOf(sql, String(good.data.messageSid))).length, 1);
  }));

Deno.test("a batch of 1,000 events with bad ones among them: each is where it belongs", async () => {
  await withSql(async (sql) => {
    const { id, recruit_phone } = await startConversation({ status: "closed" });
    const mark = crypto.randomUUID();
    const events: unknown[] = [];
    const sids = { texts: [] as string[], statuses: [] as string[], refused: [] as string[] };
    for (let n = 0; n < 250; n++) {
      const text = textEvent({ from: recruit_phone, body: `${n}` });
      sids.texts.push(String(text.data.messageSid));
      const status = statusEvent(newSid(), "sent");
      sids.statuses.push(String(status.data.messageSid));
      const bad = n % 50 === 0
        ? statusEvent(newSid(), "bad-1")
        : statusEvent(newSid(), "sent", { from: OTHER });
      if (n % 50 === 0) sids.refused.push(bad.id);
      events.push(text, status, bad, cloudEvent("com.example.mark", { mark }));
    }
    const answers = await Promise.all([postEvents(events), postEvents(events.toReversed())]);
    // On a busy machine a post is deferred, and Twilio repeats it.
    for (const { httpStatus } of answers) {
      assert([200, 503].includes(httpStatus), `HTTP status ${httpStatus}`);
    }
    let isTaken = answers.some(({ httpStatus }) => httpStatus === 200);
    for (let tries = 0; tries < 10 && !isTaken; tries++) {
      isTaken = (await postEvents(events)).httpStatus === 200;
    }
    const count = async (rows: PromiseLike<{ length: number }>) => (await rows).length;
    assertEquals(
      await count(sql`select from recruiting_messages where conversation_id = ${id}
        and message_sid in ${sql(sids.texts)}`),
      250,
    );
    assertEquals(
      await count(
        sql`select from recruiting_message_events where message_sid in ${sql(sids.statuses)}`,
      ),
      250,
    );
    assertEquals(
      await count(sql`select from recruiting_twilio_events where id in ${sql(sids.refused)}
        and kind = 'refused'`),
      5,
    );
    assertEquals(
      await count(sql`select from recruiting_twilio_events where type = 'com.example.mark'
        and payload -> 'data' ->> 'mark' = ${mark}`),
      250,
    );
  });
});

Deno.test("a batch is answered by its content alone: no user agent gets TwiML for it", async () => {
  const response = await post("twilio-events", {}, {
    headers: { "User-Agent": "TwilioProxy/1.1" },
  });
  assertEquals(await response.json(), { status: "ignored" });
});
