import { seeded } from "../../local/chaos/random.ts";
import { MESSAGE_STATUSES } from "../../local/stand_ins/twilio/message_statuses.ts";
import { assert, assertEquals, rejection } from "../support/assert.ts";
import { outboundMessage, startConversation } from "../support/conversations.ts";
import { logLines, withSql } from "../support/stack.ts";
import { newSid, postForStatus, statusForm } from "../support/twilio.ts";
import { messageStatusOf } from "../../supabase/functions/_shared/twilio/message_status.ts";
import { until } from "../support/wait.ts";
import type postgres from "postgres";

/** Runs a test with an outbound message that Twilio has accepted. */
function withMessage(use: (sql: postgres.Sql, sid: string, id: string) => Promise<void>) {
  return withSql(async (sql) => {
    const sid = newSid();
    const { id: conversationId } = await startConversation();
    await use(sql, sid, await outboundMessage(sql, conversationId, sid));
  });
}

/** Fails unless each of the columns has a time. */
function assertAreTimes(columns: Record<string, unknown>) {
  const isTime = Object.entries(columns).map(([name, value]) => [name, value instanceof Date]);
  assertEquals(isTime, Object.keys(columns).map((name) => [name, true]));
}

async function messageOf(sql: postgres.Sql, sid: string) {
  const [row] = await sql`select * from recruiting_messages where message_sid = ${sid}`;
  return row;
}

Deno.test("the database and the functions map Twilio's statuses alike", () =>
  withSql(async (sql) => {
    for (const status of [...MESSAGE_STATUSES, "constructor", "no_such_status"]) {
      const [row] = await sql`select private.message_status(${status}) as mapped`;
      assertEquals([status, messageStatusOf(status)], [status, row.mapped ?? undefined]);
    }
  }));

for (
  const [status, answer, stored] of [
    ["queued", "updated", "queued"],
    ["sent", "updated", "sent"],
    ["delivered", "updated", "delivered"],
    ["undelivered", "updated", "failed"],
    ["failed", "updated", "failed"],
    ["read", "ignored", "delivered"],
    ["accepted", "ignored", "queued"],
    ["sending", "ignored", "queued"],
    ["canceled", "ignored", "failed"],
    ["partially_delivered", "ignored", "queued"],
    ["something_new", "ignored", "queued"],
  ]
) {
  Deno.test(`"${status}" is answered ${answer} and leaves the message ${stored}`, () =>
    withMessage(async (sql, sid) => {
      assertEquals(await postForStatus("sms-status", statusForm(sid, status)), answer);
      assertEquals((await messageOf(sql, sid)).status, stored);
      const events =
        await sql`select twilio_status from recruiting_message_events where message_sid = ${sid}`;
      assertEquals(events.map(({ twilio_status }) => twilio_status), [status]);
    }));
}

/** The lines of a callback, once its answer is logged: level, event and status. */
async function loggedOf(sid: string): Promise<[string, string, string | undefined][]> {
  const isAnswer = ({ event }: { event: string }) => event === "ignored" || event === "updated";
  const lines = await until(async () => {
    const lines = (await logLines(sid)).map((line) => JSON.parse(line));
    return lines.some(isAnswer) && lines;
  }, "the answer's line");
  return lines.map(({ level, event, twilio_status }) => [level, event, twilio_status]);
}

Deno.test("a status that Twilio does not document is warned about, and no other", () =>
  withMessage(async (_sql, sid) => {
    const status = "deliverd";
    await postForStatus("sms-status", statusForm(sid, status));
    assertEquals(await loggedOf(sid), [
      ["warn", "unknown_status", status],
      ["info", "ignored", status],
    ]);
    for (const status of MESSAGE_STATUSES) {
      const sid = newSid();
      await postForStatus("sms-status", statusForm(sid, status));
      assertEquals(await loggedOf(sid), [["info", "ignored", status]]);
    }
  }));

Deno.test("a status that is out of bounds is warned about, and not shown", async () => {
  const warnings = async () =>
    (await logLines('"unknown_status"')).filter((line) => !line.includes("twilio_status"));
  const before = await warnings();
  const secret = crypto.randomUUID();
  const texts = [`call me, ${secret}`, "DELIVERED", secret.replaceAll("-", "").padEnd(33, "x"), ""];
  for (const status of texts) {
    assertEquals(await postForStatus("sms-status", statusForm(newSid(), status)), "ignored");
  }
  const written = await until(async () => {
    const lines = await warnings();
    return lines.length >= before.length + texts.length && lines;
  }, "the warnings");
  assertEquals(new Set(written).size, 1);
  assertEquals(await logLines(secret), []);
});

Deno.test("a callback without a status, or with two, is not warned about as one of an unknown status", async () => {
  const before = (await logLines('"unknown_status"')).length;
  const { MessageStatus: _, ...form } = statusForm(newSid(), "sent");
  await postForStatus("sms-status", form);
  await postForStatus("sms-status", { ...form, MessageStatus: ["sent", "deliverd"] });
  const sid = newSid();
  await postForStatus("sms-status", statusForm(sid, "sent"));
  await loggedOf(sid);
  assertEquals((await logLines('"unknown_status"')).length, before);
});

Deno.test("a status never goes back, and each one is in the events once", () =>
  withMessage(async (sql, sid) => {
    const answers: string[] = [];
    for (const status of ["delivered", "sent", "queued", "delivered", "failed", "undelivered"]) {
      answers.push(
        await postForStatus("sms-status", statusForm(sid, status, { ErrorCode: "30003" })),
      );
    }
    assertEquals(answers, ["updated", "ignored", "ignored", "updated", "ignored", "ignored"]);
    const message = await messageOf(sql, sid);
    assertEquals([message.status, message.error_code, message.failed_at], [
      "delivered",
      null,
      null,
    ]);
    assertAreTimes({ sent_at: message.sent_at, delivered_at: message.delivered_at });
    const [{ count }] = await sql`
      select count(*)::int from recruiting_message_events where message_sid = ${sid}`;
    assertEquals(count, 5);
  }));

Deno.test("a failed message keeps its first error", () =>
  withMessage(async (sql, sid) => {
    await postForStatus(
      "sms-status",
      statusForm(sid, "undelivered", { ErrorCode: "30003", ErrorMessage: "Off" }),
    );
    await postForStatus("sms-status", statusForm(sid, "failed", { ErrorCode: "30008" }));
    const { status, error_code, error_message } = await messageOf(sql, sid);
    assertEquals({ status, error_code, error_message }, {
      status: "failed",
      error_code: "30003",
      error_message: "Off",
    });
  }));

Deno.test("read sets read_at also on a failed message, whose status stays", () =>
  withMessage(async (sql, sid) => {
    await postForStatus("sms-status", statusForm(sid, "failed"));
    await postForStatus("sms-status", statusForm(sid, "read"));
    const { status, read_at, delivered_at } = await messageOf(sql, sid);
    assertEquals([status, delivered_at], ["failed", null]);
    assertAreTimes({ read_at });
  }));

Deno.test("the same status again, now with its error code, fills it in the message and the event, once", () =>
  withMessage(async (sql, sid) => {
    const first = statusForm(sid, "undelivered");
    assertEquals(await postForStatus("sms-status", first), "updated");
    for (const [ErrorCode, ErrorMessage] of [["30003", "Off"], ["30005", "Unknown"]]) {
      const again = statusForm(sid, "undelivered", { ErrorCode, ErrorMessage });
      assertEquals(await postForStatus("sms-status", again), "updated");
      const { status, error_code, error_message } = await messageOf(sql, sid);
      assertEquals([status, error_code, error_message], ["failed", "30003", "Off"]);
    }
    const [event, ...others] = await sql`
      select error_code, error_message, payload from recruiting_message_events where message_sid = ${sid}`;
    assertEquals([event.error_code, event.error_message, event.payload], ["30003", "Off", first]);
    assertEquals(others, []);
    const told = await sql`select payload ->> 'error_code' as code from realtime.messages
      where event = 'message_status_changed' and payload ->> 'message_id' = (
        select id::text from recruiting_messages where message_sid = ${sid}) order by inserted_at`;
    assertEquals(told.map(({ code }) => code), [null, "30003"]);
  }));

Deno.test("an error code that comes again before the SID is stored is applied when it is", () =>
  withSql(async (sql) => {
    const sid = newSid();
    const { id: conversationId } = await startConversation();
    const id = await outboundMessage(sql, conversationId);
    await postForStatus("sms-status", statusForm(sid, "failed"));
    await postForStatus("sms-status", statusForm(sid, "failed", { ErrorCode: "30007" }));
    await sql`update recruiting_messages set message_sid = ${sid} where id = ${id}`;
    assertEquals((await messageOf(sql, sid)).error_code, "30007");
  }));

Deno.test("21610 opts out also when it comes after the failure", () =>
  withMessage(async (sql, sid) => {
    const optedOut = async () => {
      const [{ opted_out_at }] = await sql`select c.opted_out_at from recruiting_conversations c
        join recruiting_messages m on m.conversation_id = c.id where m.message_sid = ${sid}`;
      return opted_out_at !== null;
    };
    await postForStatus("sms-status", statusForm(sid, "failed"));
    assertEquals(await optedOut(), false);
    await postForStatus("sms-status", statusForm(sid, "failed", { ErrorCode: "21610" }));
    assertEquals(await optedOut(), true);
  }));

Deno.test("events are named after the channel, and states before sending have no name", () =>
  withMessage(async (sql, sid) => {
    const channelled = { From: "whatsapp:+15550100009", To: "whatsapp:+15550100001" };
    await postForStatus("sms-status", statusForm(sid, "queued"));
    await postForStatus("sms-status", statusForm(sid, "sent"));
    await postForStatus("sms-status", statusForm(sid, "delivered", { ChannelPrefix: "whatsapp" }));
    await postForStatus("sms-status", statusForm(sid, "read", channelled));
    const events = await sql`
      select event from recruiting_message_events where message_sid = ${sid} order by received_at`;
    assertEquals(events.map(({ event }) => event), [
      null,
      "sms_sent",
      "whatsapp_delivered",
      "whatsapp_read",
    ]);
  }));

Deno.test("the whole signed form is kept with the event", () =>
  withMessage(async (sql, sid) => {
    const form = statusForm(sid, "sent", { RawDlrDoneDate: "2611201523" });
    await postForStatus("sms-status", form);
    const [{ payload }] =
      await sql`select payload from recruiting_message_events where message_sid = ${sid}`;
    assertEquals(payload, form);
  }));

Deno.test("4 concurrent repeats of each callback, shuffled, end in delivered and three events", () =>
  withMessage(async (sql, sid) => {
    const seed = crypto.getRandomValues(new Uint32Array(1))[0];
    const random = seeded(seed);
    const forms = ["queued", "sent", "delivered"].flatMap((status) =>
      Array.from({ length: 4 }, () => ({ form: statusForm(sid, status), place: random.number() }))
    ).toSorted((one, other) => one.place - other.place);
    await Promise.all(forms.map(({ form }) => postForStatus("sms-status", form)));
    const { status, sent_at, delivered_at } = await messageOf(sql, sid);
    assertEquals({ seed, status }, { seed, status: "delivered" });
    assertAreTimes({ sent_at, delivered_at });
    const [{ count }] = await sql`
      select count(*)::int from recruiting_message_events where message_sid = ${sid}`;
    assertEquals(count, 3);
  }));

Deno.test("an unknown MessageSid is ignored and its status applied when the SID is stored", () =>
  withSql(async (sql) => {
    const sid = newSid();
    const { id: conversationId } = await startConversation();
    const id = await outboundMessage(sql, conversationId);
    for (const status of ["sent", "undelivered"]) {
      const form = statusForm(sid, status, { ErrorCode: "30005" });
      assertEquals(await postForStatus("sms-status", form), "ignored");
    }
    await sql`update recruiting_messages set message_sid = ${sid} where id = ${id}`;
    const { status, error_code, sent_at } = await messageOf(sql, sid);
    assertEquals([status, error_code], ["failed", "30005"]);
    assertAreTimes({ sent_at });
  }));

Deno.test("a status that comes while its SID is stored, and committed late, is applied", () =>
  withSql(async (sql) => {
    const sid = newSid();
    const { id: conversationId } = await startConversation();
    const id = await outboundMessage(sql, conversationId);
    const sender = await sql.reserve();
    await sender`begin`;
    await sender`update recruiting_messages set message_sid = ${sid} where id = ${id}`;
    assertEquals(await postForStatus("sms-status", statusForm(sid, "delivered")), "ignored");
    await sender`commit`;
    sender.release();
    assertEquals((await messageOf(sql, sid)).status, "delivered");
  }));

for (
  const [writer, write] of [
    [
      "a callback",
      (sql: postgres.ReservedSql, sid: string) =>
        sql`select recruiting_record_message_status(${sid}, 'delivered', 'sms')`,
    ],
    [
      "an insert",
      (sql: postgres.ReservedSql, sid: string) =>
        sql`insert into recruiting_message_events (message_sid, twilio_status) values (${sid}, 'delivered')`,
    ],
  ] as const
) {
  Deno.test(`an event that ${writer} writes, and commits late, meets the SID that was stored meanwhile`, () =>
    withSql(async (sql) => {
      const sid = newSid();
      const { id: conversationId } = await startConversation();
      const id = await outboundMessage(sql, conversationId);
      const callback = await sql.reserve();
      await callback`begin`;
      await write(callback, sid);
      let isStored = false;
      const storing = sql`update recruiting_messages set message_sid = ${sid} where id = ${id}`
        .then(() => isStored = true);
      await until(async () => {
        const [{ waiting }] =
          await sql`select count(*)::int as waiting from pg_locks where not granted`;
        return isStored || waiting > 0;
      }, "the SID to be stored, or to wait");
      await callback`commit`;
      callback.release();
      await storing;
      assertEquals((await messageOf(sql, sid)).status, "delivered");
    }));
}

Deno.test("10 SIDs stored while their callbacks arrive: none is lost", () =>
  withSql(async (sql) => {
    const { id: conversationId } = await startConversation();
    const sids = Array.from({ length: 10 }, () => newSid());
    const ids = await Promise.all(sids.map(() => outboundMessage(sql, conversationId)));
    await Promise.all(sids.flatMap((sid, index) => [
      postForStatus("sms-status", statusForm(sid, "delivered")),
      sql`update recruiting_messages set message_sid = ${sid} where id = ${ids[index]}`.execute(),
    ]));
    const rows = await sql`
      select distinct status from recruiting_messages where conversation_id = ${conversationId}`;
    assertEquals(rows.map(({ status }) => status), ["delivered"]);
  }));

Deno.test("a callback whose URL names the row stores the SID, whatever its status", () =>
  withSql(async (sql) => {
    for (const [status, answer] of [["delivered", "updated"], ["accepted", "ignored"]]) {
      const sid = newSid();
      const { id: conversationId } = await startConversation();
      const id = await outboundMessage(sql, conversationId);
      const query = `?message=${id}`;
      assertEquals(await postForStatus("sms-status", statusForm(sid, status), { query }), answer);
      assertEquals((await messageOf(sql, sid)).id, id);
    }
  }));

Deno.test("a row with another SID keeps it; the callback is ignored and its event kept", () =>
  withMessage(async (sql, sid, id) => {
    const other = newSid();
    const query = `?message=${id}`;
    assertEquals(
      await postForStatus("sms-status", statusForm(other, "sent"), { query }),
      "ignored",
    );
    assertEquals((await messageOf(sql, sid)).status, "queued");
    assertEquals(
      (await sql`select from recruiting_message_events where message_sid = ${other}`).length,
      1,
    );
  }));

Deno.test("a message parameter that names no row, or is no id, changes nothing", () =>
  withMessage(async (sql, sid) => {
    for (const query of [`?message=${crypto.randomUUID()}`, "?message=x%27", "?message="]) {
      assertEquals(
        await postForStatus("sms-status", statusForm(sid, "sent"), { query }),
        "updated",
      );
    }
    assertEquals((await messageOf(sql, sid)).status, "sent");
  }));

Deno.test("a callback about an inbound text's SID leaves the text as it is", () =>
  withSql(async (sql) => {
    const { id } = await startConversation();
    const sid = newSid();
    await sql`
      insert into recruiting_messages (conversation_id, direction, sender_type, status, message_sid)
      values (${id}, 'inbound', 'recruit', 'received', ${sid})`;
    assertEquals(await postForStatus("sms-status", statusForm(sid, "delivered")), "ignored");
    assertEquals((await messageOf(sql, sid)).status, "received");
  }));

for (
  const [label, change] of [
    ["delivered back to sent", { status: "sent" }],
    ["delivered to failed", { status: "failed" }],
    ["one error to another", { error_code: "30003" }],
    ["one SID to another", { message_sid: newSid() }],
  ] as const
) {
  Deno.test(`however it is written, a message does not go from ${label}`, () =>
    withMessage(async (sql, sid) => {
      await sql`update recruiting_messages set status = 'delivered', error_code = '1' where message_sid = ${sid}`;
      const message = await rejection(
        sql`update recruiting_messages set ${sql(change)} where message_sid = ${sid}`,
      );
      assert(/cannot become|filled once/.test(message), message);
    }));
}

Deno.test("however an event is written, its message follows", () =>
  withMessage(async (sql, sid) => {
    await sql`insert into recruiting_message_events (message_sid, twilio_status) values (${sid}, 'sent')`;
    assertEquals((await messageOf(sql, sid)).status, "sent");
  }));

Deno.test("a status that the database refuses for good is ignored", () =>
  withMessage(async (sql, sid) => {
    await sql.unsafe(`alter table recruiting_message_events add constraint no_events_of_this_test
      check (message_sid <> '${sid}') not valid`);
    try {
      assertEquals(await postForStatus("sms-status", statusForm(sid, "sent")), "ignored");
    } finally {
      await sql`alter table recruiting_message_events drop constraint no_events_of_this_test`;
    }
  }));

Deno.test("every published status payload moves its message", () =>
  withSql(async (sql) => {
    const payloads: { name: string; params: Record<string, string> }[] = JSON.parse(
      await Deno.readTextFile(new URL("../data/webhook-payloads.json", import.meta.url)),
    );
    for (const { name, params } of payloads.filter(({ name }) => name.startsWith("status"))) {
      const sid = newSid();
      const { id } = await startConversation();
      await outboundMessage(sql, id, sid);
      const answer = await postForStatus("sms-status", { ...params, MessageSid: sid });
      assertEquals([name, answer], [name, name.endsWith("read") ? "ignored" : "updated"]);
    }
  }));

for (const isolation of ["repeatable read", "serializable"]) {
  Deno.test(`a ${isolation} transaction, which could miss what others commit, is refused`, () =>
    withMessage(async (sql, sid) => {
      const message = await rejection(sql.begin(`isolation level ${isolation}`, async (sql) => {
        await sql`select recruiting_record_message_status(${sid}, 'sent', 'sms')`;
      }));
      assert(message.includes("needs a transaction that is read committed"), message);
    }));
}

Deno.test("events are never rewritten", () =>
  withMessage(async (sql, sid) => {
    await postForStatus("sms-status", statusForm(sid, "sent"));
    const message = await rejection(
      sql`update recruiting_message_events set twilio_status = 'failed' where message_sid = ${sid}`,
    );
    assert(message.includes("never changed"), message);
  }));

Deno.test("a message's direction stays, so its status cannot go back that way", () =>
  withMessage(async (sql, sid) => {
    const message = await rejection(sql`update recruiting_messages
      set direction = 'inbound', sender_type = 'recruit', status = 'received' where message_sid = ${sid}`);
    assert(message.includes("direction stays"), message);
  }));

Deno.test("when two rows race for one SID, the callback's event is kept and reaches the winner", () =>
  withSql(async (sql) => {
    const sid = newSid();
    const { id: conversationId } = await startConversation();
    const [loser, winner] = [
      await outboundMessage(sql, conversationId),
      await outboundMessage(sql, conversationId),
    ];
    const sender = await sql.reserve();
    await sender`begin`;
    await sender`update recruiting_messages set message_sid = ${sid} where id = ${winner}`;
    const callback = postForStatus("sms-status", statusForm(sid, "delivered"), {
      query: `?message=${loser}`,
    });
    await until(async () => {
      const [{ waiting }] =
        await sql`select count(*)::int as waiting from pg_locks where not granted`;
      return waiting > 0;
    }, "the callback to wait");
    // This writer has not locked the SID first, as every function does: so each may wait for the other, and Postgres
    // ends one of the two. The callback is then repeated; the writer's row stays without the SID.
    const isEnded = await sender`commit`.then(() => false, ({ code }) => {
      assertEquals(code, "40P01");
      return true;
    });
    sender.release();
    assertEquals(await callback, "updated");
    const { id, status } = await messageOf(sql, sid);
    assertEquals([id, status], [isEnded ? loser : winner, "delivered"]);
  }));
