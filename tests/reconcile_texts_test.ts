/** What reconciliation makes of texts that are in Twilio's log and whose webhook never came. */
import type postgres from "postgres";
import { MessageLog } from "../local/twilio/message_log.ts";
import { assert, assertEquals } from "./support/assert.ts";
import { bodiesOf, startConversation } from "./support/conversations.ts";
import {
  HOUR,
  type Reconciler,
  secondsAgo,
  storedCursor,
  withReconciler,
} from "./support/reconciler.ts";
import { asNewAgent, asServiceRole } from "./support/stack.ts";
import { conversationOf, newSender } from "./support/talk.ts";
import { inboundForm, magicPhone, newPhone, newSid, postForStatus } from "./support/twilio.ts";
import { loseText } from "./support/twilio_stand_in.ts";
import { until } from "./support/wait.ts";

/** The row of a message. */
async function messageOf(sql: postgres.Sql, sid: string) {
  const [row] = await sql`select * from recruiting_messages where message_sid = ${sid}`;
  return row;
}

/** The row of an unmatched text. */
async function unmatchedOf(sql: postgres.Sql, sid: string) {
  const [row] = await sql`select * from recruiting_unmatched_messages where message_sid = ${sid}`;
  return row;
}

/** Stores a cursor, as if a run had compared up to there. */
async function storeCursor(sql: postgres.Sql, cursor: string): Promise<string> {
  await sql`update private.log_comparison set cursor = ${cursor}`;
  return cursor;
}

/** What Realtime has stored about a message, oldest first. */
async function broadcastsOf(sql: postgres.Sql, messageId: string) {
  const rows = await sql`select topic, event from realtime.messages
    where payload ->> 'message_id' = ${messageId} order by inserted_at`;
  return rows.map(({ topic, event }) => [topic, event]);
}

async function isOptedOut(sql: postgres.Sql, phone: string): Promise<boolean> {
  const rows = await sql`select from recruiting_opt_outs where recruit_phone = ${phone}`;
  return rows.length > 0;
}

Deno.test("a lost text to the bot is answered in the same run, once", () =>
  withReconciler(async ({ sql, standIn, reconcile, sentTo }) => {
    const { id, recruit_phone: from, twilio_phone: to } = await startConversation();
    const sent_at = secondsAgo(60);
    const { message_sid } = await loseText(standIn, { from, to, body: "Is it far?", sent_at });
    const { turns, inbound } = await reconcile();
    assertEquals({ turns, inbound }, { turns: 1, inbound: { listed: 1, brought_in: 1 } });
    const { created_at, conversation_id, status } = await messageOf(sql, message_sid);
    assertEquals([created_at, conversation_id, status], [new Date(sent_at), id, "received"]);
    assertEquals((await reconcile()).inbound, { listed: 1, brought_in: 0 });
    assertEquals((await sentTo(from)).length, 1);
  }));

Deno.test("a lost text to an agent is broadcast to that agent, and the status stays", () =>
  withReconciler(async ({ sql, standIn, reconcile, sentTo }) => {
    const agent = await asNewAgent();
    for (const status of ["escalated", "closed"]) {
      for (const assigned_agent_id of [agent.id, undefined]) {
        const { id, recruit_phone: from, twilio_phone: to } = await startConversation({
          status,
          assigned_agent_id,
        });
        const { message_sid } = await loseText(standIn, {
          from,
          to,
          body: "Hi",
          sent_at: secondsAgo(60),
        });
        assertEquals((await reconcile()).inbound.brought_in, 1);
        const message = await messageOf(sql, message_sid);
        const topic = agent.id === assigned_agent_id ? `agent:${agent.id}` : "agents:unassigned";
        assertEquals(await broadcastsOf(sql, message.id), [[topic, "message_received"]]);
        assertEquals((await conversationOf(sql, id)).status, status);
        assertEquals(await sentTo(from), []);
      }
    }
  }));

Deno.test("a lost text without a conversation is kept whole as unmatched, and adopted later", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const [from, to, sent_at] = [newPhone(), await newSender(sql), secondsAgo(60)];
    const { message_sid } = await loseText(standIn, { from, to, body: "Hi", sent_at });
    assertEquals((await reconcile()).inbound, { listed: 1, brought_in: 1 });
    const { payload, received_at, reason } = await unmatchedOf(sql, message_sid);
    assertEquals([received_at, reason], [new Date(sent_at), "no_conversation"]);
    const { MessageSid, From, To, Body, NumMedia, NumSegments } = payload;
    assertEquals({ MessageSid, From, To, Body, NumMedia, NumSegments }, {
      MessageSid: message_sid,
      From: from,
      To: to,
      Body: "Hi",
      NumMedia: "0",
      NumSegments: "1",
    });
    const { id } = await startConversation({ recruit_phone: from, twilio_phone: to });
    assertEquals(await bodiesOf(sql, id), ["Hi"]);
    assertEquals((await reconcile()).inbound, { listed: 1, brought_in: 0 });
  }));

Deno.test("only inbound texts to an address of ours, on its channel, are listed", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const ours = await newSender(sql);
    const { twilio_phone } = await startConversation({ twilio_phone: newPhone() });
    const sent_at = secondsAgo(60);
    const text = { body: "Hi", sent_at };
    await loseText(standIn, { from: newPhone(), to: newPhone(), ...text });
    await loseText(standIn, { from: `whatsapp:${newPhone()}`, to: `whatsapp:${ours}`, ...text });
    await loseText(standIn, {
      from: `whatsapp:${newPhone()}`,
      to: `whatsapp:${twilio_phone}`,
      ...text,
    });
    await standIn.client.messages.create({ from: ours, to: newPhone(), body: "We" });
    // Twilio answers the keyword itself.
    await loseText(standIn, { from: newPhone(), to: ours, body: "STOP", sent_at });
    await loseText(standIn, { from: newPhone(), to: twilio_phone, ...text });
    assertEquals((await reconcile()).inbound, { listed: 2, brought_in: 2 });
  }));

Deno.test("a lost text that is no phone's is kept as unmatched", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const to = await newSender(sql);
    const sids: string[] = [];
    for (const from of ["12345", "BANK"]) {
      const { message_sid } = await loseText(standIn, {
        from,
        to,
        body: "Hi",
        sent_at: secondsAgo(60),
      });
      sids.push(message_sid);
    }
    assertEquals((await reconcile()).inbound, { listed: 2, brought_in: 2 });
    for (const sid of sids) assertEquals((await unmatchedOf(sql, sid)).reason, "no_conversation");
  }));

const MEDIA = [
  { url: "https://example.com/one.jpg", content_type: "image/jpeg" },
  { url: "https://example.com/two.pdf", content_type: "application/pdf" },
];

Deno.test("media come from the text's Media list, in their order, as the form would name them", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const { recruit_phone: from, twilio_phone: to } = await startConversation({
      status: "escalated",
    });
    const sender = await newSender(sql);
    const text = { body: "", media: MEDIA, sent_at: secondsAgo(60) };
    const { message_sid } = await loseText(standIn, { from, to, ...text });
    const unmatched = await loseText(standIn, { from, to: sender, ...text });
    assertEquals((await reconcile()).inbound.brought_in, 2);
    const { media, body } = await messageOf(sql, message_sid);
    assertEquals(body, "");
    const list = await standIn.client.messages(message_sid).media.list();
    assertEquals(
      media,
      list.map(({ uri, contentType }) => ({
        url: `https://api.twilio.com${uri.replace(".json", "")}`,
        content_type: contentType,
      })),
    );
    assertEquals(media.map(({ content_type }: typeof MEDIA[0]) => content_type), [
      "image/jpeg",
      "application/pdf",
    ]);
    const { payload } = await unmatchedOf(sql, unmatched.message_sid);
    assertEquals([payload.NumMedia, payload.MediaContentType1], ["2", "application/pdf"]);
    assert(payload.MediaUrl0.includes(unmatched.message_sid));
  }));

Deno.test("a text whose media Twilio has no longer is brought in without them", () =>
  withReconciler(async ({ sql, standIn, twilio, reconcile }) => {
    const { recruit_phone: from, twilio_phone: to } = await startConversation({
      status: "escalated",
    });
    const { message_sid } = await loseText(standIn, {
      from,
      to,
      body: "Look",
      media: MEDIA,
      sent_at: secondsAgo(60),
    });
    const halt = twilio.haltBefore("/Media.json");
    const running = reconcile();
    await halt.reached;
    await standIn.client.messages(message_sid).remove();
    halt.release();
    assertEquals((await running).inbound.brought_in, 1);
    const { media, body } = await messageOf(sql, message_sid);
    assertEquals([media, body], [[], "Look"]);
  }));

Deno.test("a lost WhatsApp text finds its conversation, and not the SMS one of the same numbers", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const sms = await startConversation({ status: "escalated" });
    const { recruit_phone, twilio_phone } = sms;
    const whatsapp = await startConversation({
      ...parties(sms),
      channel: "whatsapp",
      status: "escalated",
    });
    await loseText(standIn, {
      from: `whatsapp:${recruit_phone}`,
      to: `whatsapp:${twilio_phone}`,
      body: "Hola",
      sent_at: secondsAgo(60),
    });
    assertEquals((await reconcile()).inbound.brought_in, 1);
    assertEquals([await bodiesOf(sql, sms.id), await bodiesOf(sql, whatsapp.id)], [[], ["Hola"]]);
  }));

const parties = (
  { recruit_phone, twilio_phone }: { recruit_phone: string; twilio_phone: string },
) => ({
  recruit_phone,
  twilio_phone,
});

Deno.test("a lost STOP opts out at Twilio's time, and revokes a pending reply", () =>
  withReconciler(async ({ sql, standIn, reconcile, sentTo }) => {
    const { id, recruit_phone: From, twilio_phone: To } = await startConversation();
    await postForStatus("sms-inbound", inboundForm({ From, To, Body: "Hi" }));
    const sent_at = secondsAgo(HOUR);
    await loseText(standIn, { from: From, to: To, body: "Stop", sent_at });
    assertEquals((await reconcile()).inbound.brought_in, 1);
    const { opted_out_at, reply_due_at } = await conversationOf(sql, id);
    assertEquals([opted_out_at, reply_due_at], [new Date(sent_at), null]);
    assertEquals(await sentTo(From), []);
  }));

/** Words at one minute's distance, the last one a minute ago; null is a live one, which comes now. */
const WORDS: [words: string[], isOptedOut: boolean][] = [
  [["STOP", "START"], false],
  [["START", "STOP"], true],
  [["STOP", "YES"], false],
  [["YES", "STOP"], true],
  [["STOP", "START", "YES"], false],
  [["STOP", "YES", "START"], false],
  [["START", "STOP", "YES"], false],
  [["YES", "STOP", "START"], false],
  [["START", "YES", "STOP"], true],
  [["YES", "START", "STOP"], true],
];

Deno.test("lost words that one run finds count in the order of Twilio's times", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const to = await newSender(sql);
    const phones = await Promise.all(WORDS.map(async ([words]) => {
      const from = newPhone();
      for (const [index, body] of [...words.entries()].reverse()) {
        await loseText(standIn, {
          from,
          to,
          body,
          sent_at: secondsAgo(60 * (words.length - index)),
        });
      }
      return from;
    }));
    assertEquals((await reconcile()).inbound.brought_in, WORDS.flatMap(([words]) => words).length);
    for (const [index, [words, expected]] of WORDS.entries()) {
      assertEquals([words, await isOptedOut(sql, phones[index])], [words, expected]);
    }
  }));

Deno.test("a lost STOP does not undo the live START or YES that came after it", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    for (const Body of ["START", "YES", "unstop", "Hello"]) {
      const { recruit_phone: From, twilio_phone: To } = await startConversation({
        status: "escalated",
      });
      await loseText(standIn, { from: From, to: To, body: "STOP", sent_at: secondsAgo(60) });
      await postForStatus("sms-inbound", inboundForm({ From, To, Body }));
      await reconcile();
      assertEquals([Body, await isOptedOut(sql, From)], [Body, Body === "Hello"]);
    }
  }));

Deno.test("a lost START does not undo the live STOP that came after it", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const { recruit_phone: From, twilio_phone: To } = await startConversation();
    await loseText(standIn, { from: From, to: To, body: "START", sent_at: secondsAgo(60) });
    await postForStatus("sms-inbound", inboundForm({ From, To, Body: "STOP" }));
    assertEquals((await reconcile()).inbound.brought_in, 1);
    assert(await isOptedOut(sql, From));
  }));

Deno.test("what is older than a day is kept for reading: no reply, no broadcast, no escalation", () =>
  withReconciler(async ({ sql, standIn, reconcile, sentTo }) => {
    const ages = { old: 24 * HOUR + 60, young: 24 * HOUR - 60 };
    const since = secondsAgo(48 * HOUR);
    for (const [age, seconds] of Object.entries(ages)) {
      const isYoung = age === "young";
      const lose = async (status: string, body: string) => {
        const { id, recruit_phone: from, twilio_phone: to } = await startConversation({ status });
        const { message_sid } = await loseText(standIn, {
          from,
          to,
          body,
          sent_at: secondsAgo(seconds),
        });
        return { id, from, message_sid };
      };
      const asked = await lose("bot", "Is it far?");
      const doubtful = await lose("bot", "stop it");
      const toAgent = await lose("escalated", "Hi");
      const stopped = await lose("bot", "STOP");
      assertEquals((await reconcile({ since })).inbound.brought_in, 4);

      assertEquals([age, (await sentTo(asked.from)).length], [age, isYoung ? 1 : 0]);
      const { status } = await conversationOf(sql, doubtful.id);
      assertEquals([age, status], [age, isYoung ? "escalated" : "bot"]);
      const { id } = await messageOf(sql, toAgent.message_sid);
      assertEquals((await broadcastsOf(sql, id)).length, isYoung ? 1 : 0);
      assert(await isOptedOut(sql, stopped.from));
      for (const { message_sid } of [asked, doubtful, toAgent, stopped]) {
        assertEquals((await messageOf(sql, message_sid)).status, "received");
      }
    }
  }));

Deno.test("a text that is brought in late stands at the end, and the conversation's last time stays", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const { id, recruit_phone: From, twilio_phone: To } = await startConversation({
      status: "escalated",
    });
    await loseText(standIn, { from: From, to: To, body: "first", sent_at: secondsAgo(HOUR) });
    await loseText(standIn, { from: From, to: To, body: "second", sent_at: secondsAgo(HOUR - 1) });
    await postForStatus("sms-inbound", inboundForm({ From, To, Body: "live" }));
    const { last_message_at } = await conversationOf(sql, id);
    await reconcile();
    assertEquals(await bodiesOf(sql, id), ["live", "first", "second"]);
    assertEquals((await conversationOf(sql, id)).last_message_at, last_message_at);
  }));

Deno.test("a text that the database refuses is kept as unmatched, and keeps no other one out", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const { id, recruit_phone: from, twilio_phone: to } = await startConversation({
      status: "escalated",
    });
    await sql`alter table recruiting_messages
      add constraint refuses_a_word check (body <> 'refused') not valid`;
    try {
      const [{ message_sid }] = [
        await loseText(standIn, { from, to, body: "refused", sent_at: secondsAgo(90) }),
        await loseText(standIn, { from, to, body: "taken", sent_at: secondsAgo(60) }),
      ];
      const { inbound, cursor } = await reconcile();
      assertEquals(inbound, { listed: 2, brought_in: 2 });
      assert(cursor && cursor > secondsAgo(60));
      assertEquals((await unmatchedOf(sql, message_sid)).reason, "refused 23514 refuses_a_word");
      assertEquals(await bodiesOf(sql, id), ["taken"]);
      assertEquals((await reconcile()).inbound.brought_in, 0);
    } finally {
      await sql`alter table recruiting_messages drop constraint refuses_a_word`;
    }
  }));

Deno.test("a text that the database takes in no form is told, not counted, and keeps no other one out", () =>
  withReconciler(async ({ sql, standIn, reconcile, logs }) => {
    const [from, to] = [newPhone(), await newSender(sql)];
    await sql`alter table recruiting_unmatched_messages
      add constraint refuses_a_word check (body <> 'refused') not valid`;
    try {
      await loseText(standIn, { from, to, body: "refused", sent_at: secondsAgo(90) });
      await loseText(standIn, { from, to, body: "taken", sent_at: secondsAgo(60) });
      assertEquals((await reconcile()).inbound, { listed: 2, brought_in: 1 });
      assert(logs.some((line) => line.includes("refuses_a_word")));
    } finally {
      await sql`alter table recruiting_unmatched_messages drop constraint refuses_a_word`;
    }
  }));

Deno.test("an erased recruit's texts do not come back, a newer text does; a dry run says the same", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const { recruit_phone: from, twilio_phone: to } = await startConversation({
      status: "escalated",
    });
    const old = await loseText(standIn, { from, to, body: "old", sent_at: secondsAgo(60) });
    await asServiceRole().rpc("recruiting_forget", { recruit_phone: from });
    const { id } = await startConversation({ recruit_phone: from, twilio_phone: to });
    const nothing = { listed: 1, brought_in: 0 };
    assertEquals((await reconcile({ dry_run: true })).inbound, nothing);
    assertEquals((await reconcile()).inbound, nothing);
    assertEquals([await messageOf(sql, old.message_sid), await unmatchedOf(sql, old.message_sid)], [
      undefined,
      undefined,
    ]);
    // Twilio's times are whole seconds: the next one begins after the erasure.
    await until(async () => {
      const [{ is_over }] =
        await sql`select max(forgotten_at) < date_trunc('second', clock_timestamp())
        as is_over from private.forgotten_phones`;
      return is_over;
    }, "the next second");
    await loseText(standIn, { from, to, body: "new" });
    assertEquals((await reconcile()).inbound, { listed: 2, brought_in: 1 });
    const [first] = await bodiesOf(sql, id);
    assertEquals(first, "new");
  }));

Deno.test("two runs at once bring in each text once, and count it once", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const sender = await newSender(sql);
    const { id, recruit_phone, twilio_phone } = await startConversation({ status: "escalated" });
    for (let text = 0; text < 20; text++) {
      const to = text % 2 ? sender : twilio_phone;
      await loseText(standIn, {
        from: recruit_phone,
        to,
        body: `${text}`,
        sent_at: secondsAgo(100 - text),
      });
    }
    const answers = await Promise.all([reconcile(), reconcile(), reconcile()]);
    assertEquals(answers.reduce((sum, { inbound }) => sum + inbound.brought_in, 0), 20);
    assertEquals((await bodiesOf(sql, id)).length, 10);
    const [{ count }] = await sql`select count(*)::int from recruiting_unmatched_messages
      where twilio_phone = ${sender}`;
    assertEquals(count, 10);
  }));

Deno.test("a worker that is killed in the middle of a slice loses nothing, and the cursor waits", () =>
  withReconciler(async ({ sql, standIn, database, worker, call, reconcile }) => {
    const { id, recruit_phone: from, twilio_phone: to } = await startConversation({
      status: "escalated",
    });
    const cursor = await storeCursor(sql, secondsAgo(300));
    for (const body of ["one", "two", "three"]) {
      await loseText(standIn, { from, to, body, sent_at: secondsAgo(60) });
    }
    const first = database.haltAfter("recruiting_receive_message");
    const killed = call({ wait: true });
    await first.reached;
    assertEquals(await storedCursor(sql), cursor);
    const { pid } = worker;
    assert(pid);
    Deno.kill(pid, "SIGKILL");
    first.drop();
    assertEquals((await killed).status, 500);
    await (await killed).body?.cancel();
    assertEquals(await storedCursor(sql), cursor);
    await until(() => worker.pid !== pid, "the next worker");
    await worker.ready();
    assertEquals((await reconcile()).inbound, { listed: 3, brought_in: 2 });
    assertEquals((await bodiesOf(sql, id)).sort(), ["one", "three", "two"]);
  }));

Deno.test("where the database goes away in the middle of a slice the answer is 503, and the cursor stays", () =>
  withReconciler(async ({ sql, standIn, database, call, reconcile }) => {
    const { recruit_phone: from, twilio_phone: to } = await startConversation({
      status: "escalated",
    });
    const cursor = await storeCursor(sql, secondsAgo(300));
    await loseText(standIn, { from, to, body: "Hi", sent_at: secondsAgo(60) });
    const away = database.haltBefore("recruiting_receive_message", "every");
    const response = await call({ wait: true });
    await response.body?.cancel();
    away.drop();
    assertEquals([response.status, await storedCursor(sql)], [503, cursor]);
    assertEquals((await reconcile()).inbound.brought_in, 1);
  }));

for (const status of [429, 500, 503, "dropped"]) {
  Deno.test(`while Twilio's API answers ${status}, due turns are done, the cursor stays and the answer is 502`, () =>
    withReconciler(async ({ sql, standIn, outage, reconcile, call, logs }) => {
      await reconcile();
      const cursor = await storeCursor(sql, secondsAgo(HOUR));
      const lost = await startConversation({ status: "escalated" });
      const { recruit_phone: from, twilio_phone: to } = lost;
      await loseText(standIn, { from, to, body: "Hi", sent_at: secondsAgo(60) });
      const stalled = await startConversation();
      await sql`select recruiting_receive_message(${newSid()}, 'sms', ${stalled.recruit_phone},
        ${stalled.twilio_phone}, '{}', 'May I talk to a person?', turn_wait_seconds => 0)`;
      await outage(status);
      try {
        const response = await call({ wait: true });
        const { error } = await response.json();
        assertEquals([response.status, error?.code], [502, "TWILIO_UNREACHABLE"]);
      } finally {
        await outage(undefined);
      }
      assertEquals((await conversationOf(sql, stalled.id)).status, "escalated");
      assertEquals(await storedCursor(sql), cursor);
      assert(logs.some((line) => line.includes('"error"') && line.includes("twilio_unreachable")));
      assertEquals((await reconcile()).inbound.brought_in, 1);
    }));
}

/** An account that Twilio does not let in, and one that it does not know. */
const WRONG_ACCOUNTS: Record<string, string>[] = [
  { TWILIO_AUTH_TOKEN: "local-another-token" },
  {
    TWILIO_ACCOUNT_SID: `AC${"9".repeat(32)}`,
    TWILIO_API_KEY: `SK${"1".repeat(32)}`,
    TWILIO_API_KEY_SECRET: "an-api-key-secret",
  },
];

for (const settings of WRONG_ACCOUNTS) {
  Deno.test(`with a wrong ${Object.keys(settings)[0]} due turns are done, and the answer is 502`, () =>
    withReconciler(async ({ sql, call }) => {
      const stalled = await startConversation();
      await sql`select recruiting_receive_message(${newSid()}, 'sms', ${stalled.recruit_phone},
        ${stalled.twilio_phone}, '{}', 'May I talk to a person?', turn_wait_seconds => 0)`;
      const response = await call({ wait: true });
      const { error } = await response.json();
      assertEquals([response.status, error?.code], [502, "TWILIO_UNREACHABLE"]);
      assertEquals((await conversationOf(sql, stalled.id)).status, "escalated");
      assertEquals(await storedCursor(sql), null);
    }, { settings }));
}

Deno.test("the first run begins 24 h ago, and moves the cursor to its end", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const to = await newSender(sql);
    const text = { from: newPhone(), to, body: "Hi" };
    await loseText(standIn, { ...text, sent_at: secondsAgo(24 * HOUR + 60) });
    await loseText(standIn, { ...text, sent_at: secondsAgo(24 * HOUR - 60) });
    const before = secondsAgo(0);
    const { inbound, cursor } = await reconcile();
    assertEquals(inbound, { listed: 1, brought_in: 1 });
    assert(cursor !== null && cursor >= before && cursor <= secondsAgo(0));
    assertEquals(await storedCursor(sql), cursor);
  }));

Deno.test("a run compares from the cursor less the overlap to now less the lag", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const to = await newSender(sql);
    const lose = (seconds: number) =>
      loseText(standIn, { from: newPhone(), to, body: "Hi", sent_at: secondsAgo(seconds) });
    for (const seconds of [1310, 1290, 600, 110, 90]) await lose(seconds);
    await storeCursor(sql, secondsAgo(1000));
    const { inbound, cursor } = await reconcile();
    assertEquals(inbound, { listed: 3, brought_in: 3 });
    assert(cursor !== null && cursor >= secondsAgo(102) && cursor <= secondsAgo(100));
    // What a span asks for is cut to now less the lag, too.
    const span = await reconcile({ since: secondsAgo(1400), until: secondsAgo(0) });
    assertEquals(span.inbound, { listed: 4, brought_in: 1 });
    assert(
      span.cursor !== null && span.cursor >= secondsAgo(102) && span.cursor <= secondsAgo(100),
    );
  }, { settings: { RECONCILE_LAG_SECONDS: "100", RECONCILE_OVERLAP_SECONDS: "300" } }));

Deno.test("without settings the lag is 60 s and the overlap 10 min", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const to = await newSender(sql);
    for (const seconds of [1620, 1580, 70, 50]) {
      await loseText(standIn, { from: newPhone(), to, body: "Hi", sent_at: secondsAgo(seconds) });
    }
    await storeCursor(sql, secondsAgo(1000));
    assertEquals((await reconcile()).inbound, { listed: 2, brought_in: 2 });
  }, { settings: { RECONCILE_LAG_SECONDS: "", RECONCILE_OVERLAP_SECONDS: "" } }));

Deno.test("a cursor never goes back, where the lag has become longer", () =>
  withReconciler(async ({ sql, reconcile }) => {
    const cursor = await storeCursor(sql, secondsAgo(10));
    await reconcile();
    assertEquals(await storedCursor(sql), cursor);
  }, { settings: { RECONCILE_LAG_SECONDS: "100", RECONCILE_OVERLAP_SECONDS: "300" } }));

Deno.test("since compares its own span, ends included, and leaves the stored cursor alone", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const to = await newSender(sql);
    const times = [400, 300, 200, 100].map((hours) => secondsAgo(hours * HOUR));
    for (const sent_at of times) {
      await loseText(standIn, { from: newPhone(), to, body: "Hi", sent_at });
    }
    const stored = await storeCursor(sql, secondsAgo(30));
    const [, since, until] = times;
    const dry = await reconcile({ since, until, dry_run: true });
    assertEquals([dry.inbound, dry.cursor], [{ listed: 2, brought_in: 2 }, until]);
    const { inbound, cursor } = await reconcile({ since, until });
    assertEquals([inbound, cursor], [{ listed: 2, brought_in: 2 }, until]);
    assertEquals((await reconcile({ since: times[0] })).inbound, { listed: 4, brought_in: 2 });
    assertEquals(await storedCursor(sql), stored);
  }));

Deno.test("the schedule's runs compare at most once a minute; since, wait, and what goes on after a bound at once", () =>
  withReconciler(async ({ sql, standIn, twilio, database, call, reconcile }) => {
    const lists = () => twilio.seen.filter(({ line }) => line.includes("DateSent")).length;
    /** Calls without waiting; whether Twilio's log was read when the run is over. */
    const run = async (fields: Record<string, unknown> = {}) => {
      const [before, claims] = [lists(), await claimed(database)];
      const response = await call(fields);
      assertEquals([response.status, await response.json()], [202, { status: "started" }]);
      await until(async () => await claimed(database) > claims, "the run's end");
      return lists() > before;
    };
    const to = await newSender(sql);
    assertEquals(await run(), true);
    const { message_sid } = await loseText(standIn, {
      from: newPhone(),
      to,
      body: "Hi",
      sent_at: secondsAgo(2),
    });
    assertEquals(await run(), false);
    assertEquals(await unmatchedOf(sql, message_sid), undefined);
    assertEquals(await run({ since: secondsAgo(HOUR), until: secondsAgo(HOUR / 2) }), true);
    await sql`update private.log_comparison set begun_at = begun_at - interval '40 seconds'`;
    assertEquals(await run(), false);
    await sql`update private.log_comparison set begun_at = begun_at - interval '20 seconds'`;
    assertEquals(await run(), true);
    await sql`update private.log_comparison set has_more = true`;
    assertEquals(await run(), true);
    assertEquals(await run(), false);
    await reconcile();
    assertEquals(await unmatchedOf(sql, message_sid) !== undefined, true);
  }));

/** How often work was claimed: each run's last call finds none. */
const claimed = (database: Reconciler["database"]) =>
  Promise.resolve(
    database.seen.filter(({ line }) => line.includes("recruiting_claim_due_work")).length,
  );

/** A checksum of each table that the project or Realtime has. */
async function checksums(sql: postgres.Sql): Promise<Record<string, string>> {
  const tables = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_class c
    where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace, 'realtime'::regnamespace)
      and c.relkind in ('r', 'p') and not c.relispartition order by 1`;
  const entries = await Promise.all(tables.map(async ({ name }) => {
    const [{ sum }] = await sql.unsafe(
      `select count(*) || md5(coalesce(string_agg(t::text, '' order by t::text), '')) as sum from ${name} t`,
    );
    return [name, sum];
  }));
  return Object.fromEntries(entries);
}

Deno.test("a dry run changes no table, sends nothing, and says what the run then does", () =>
  withReconciler(async ({ sql, standIn, model, twilio, reconcile }) => {
    const sender = await newSender(sql);
    const text = { body: "Hi", sent_at: secondsAgo(60) };
    const bot = await startConversation();
    await loseText(standIn, { from: bot.recruit_phone, to: bot.twilio_phone, ...text });
    await loseText(standIn, { from: newPhone(), to: sender, ...text });
    const known = await loseText(standIn, { from: newPhone(), to: sender, ...text });
    await sql`insert into recruiting_unmatched_messages (message_sid, payload, reason)
      values (${known.message_sid}, '{}', 'no_conversation')`;
    // A message that is delivered, and one whose send was not confirmed.
    const { id, recruit_phone, twilio_phone } = await startConversation({
      recruit_phone: magicPhone("+15005560404"),
    });
    for (const isConfirmed of [true, false]) {
      const messageId = crypto.randomUUID();
      await sql`select recruiting_begin_message(${id}, ${messageId}, 'Hello')`;
      const { sid } = await standIn.client.messages.create({
        from: twilio_phone,
        to: recruit_phone,
        body: isConfirmed ? "Before" : "Hello",
      });
      await sql`update recruiting_messages set ${
        sql(
          isConfirmed
            ? {
              message_sid: sid,
              status_check_at: new Date(0),
              begun_at: new Date(Date.now() - 1e6),
            }
            : { confirm_due_at: new Date(0) },
        )
      } where id = ${messageId}`;
      await until(
        async () => (await standIn.client.messages(sid).fetch()).status === "delivered",
        "delivery",
      );
    }
    const posts = () => twilio.seen.filter(({ line }) => line.includes(" POST")).length;
    const before = await checksums(sql);
    const dry = await reconcile({ dry_run: true });
    assertEquals(await checksums(sql), before);
    assertEquals([posts(), model.seen.length], [0, 0]);
    const { cursor: _, turns, ...done } = await reconcile();
    assertEquals(done, {
      status: "done",
      sends: { confirmed: 1, sent_again: 0, failed: 0 },
      inbound: { listed: 3, brought_in: 2 },
      statuses: { asked: 1, updated: 1 },
    });
    assertEquals([dry, turns], [{ ...done, turns: 0, cursor: null }, 1]);
  }));

const MANY = 12_000;

Deno.test("a span with 12,000 texts ends, slice by slice, the oldest first, and lists each text once", async () => {
  const logFile = await Deno.makeTempFile({ suffix: ".jsonl" });
  const to = writeManyTexts(logFile);
  try {
    await withReconciler(async ({ sql, twilio, reconcile }) => {
      const sids = (await Deno.readTextFile(logFile)).trim().split("\n")
        .map((line) => JSON.parse(line).sid);
      await sql`insert into recruiting_senders (address) values (${to})`;
      await sql`insert into recruiting_unmatched_messages (message_sid, payload, reason)
        select sid, '{}', 'no_conversation' from unnest(${sids.slice(100)}::text[]) sid`;
      const inbound = { listed: 0, brought_in: 0 };
      let since: string | null = secondsAgo(2 * HOUR);
      for (let isDone = false; !isDone;) {
        const answer = await reconcile({ since });
        inbound.listed += answer.inbound.listed;
        inbound.brought_in += answer.inbound.brought_in;
        since = answer.cursor;
        isDone = answer.status === "done";
      }
      assertEquals(inbound, { listed: MANY, brought_in: 100 });
      const starts = twilio.seen.flatMap(({ line }) => {
        const query = new URLSearchParams(line.split("?")[1]);
        return query.has("PageToken") ? [] : query.get("DateSent>") ?? [];
      });
      assert(starts.length > 3);
      assertEquals(starts, starts.toSorted());
      // The stored cursor's way is the same.
      assertEquals((await reconcile()).inbound, { listed: MANY, brought_in: 0 });
    }, { logFile });
  } finally {
    await Deno.remove(logFile);
  }
});

/** Writes a log of texts to one number, ten a second of an hour, bursts among them; returns the number. */
function writeManyTexts(logFile: string): string {
  const to = newPhone();
  const log = new MessageLog(logFile);
  const from = newPhone();
  for (let text = 0; text < MANY; text++) {
    // Most of them in one minute, as many of these in one second.
    const seconds = text < 4_000 ? HOUR - text / 2 : text < 9_000 ? 600 : 300 - text % 60;
    log.add({
      direction: "inbound",
      status: "received",
      from,
      to,
      body: "Hi",
      sentAt: new Date(Date.now() - seconds * 1000),
    });
  }
  return to;
}

Deno.test("each slice that is finished moves the cursor, also when Twilio then goes away", () =>
  withReconciler(async ({ sql, standIn, twilio, outage, call, reconcile }) => {
    const to = await newSender(sql);
    for (const hours of [20, 1]) {
      await loseText(standIn, {
        from: newPhone(),
        to,
        body: "Hi",
        sent_at: secondsAgo(hours * HOUR),
      });
    }
    const media = await loseText(standIn, {
      from: newPhone(),
      to,
      body: "Look",
      media: MEDIA,
      sent_at: secondsAgo(60),
    });
    const halt = twilio.haltBefore("/Media.json");
    const running = call({ wait: true });
    await halt.reached;
    await outage(503);
    halt.release();
    const response = await running;
    await response.body?.cancel();
    await outage(undefined);
    const cursor = await storedCursor(sql);
    assertEquals(response.status, 502);
    assert(cursor !== null && cursor > secondsAgo(20 * HOUR) && cursor < secondsAgo(60));
    assertEquals(await unmatchedOf(sql, media.message_sid), undefined);
    assertEquals((await reconcile()).inbound.brought_in, 1);
    assertEquals((await unmatchedOf(sql, media.message_sid)).payload.NumMedia, "2");
  }));

Deno.test("what a webhook has brought meanwhile is not brought in again", () =>
  withReconciler(async ({ sql, standIn, twilio, reconcile }) => {
    const { id, recruit_phone: from, twilio_phone: to } = await startConversation({
      status: "escalated",
    });
    const { message_sid } = await loseText(standIn, {
      from,
      to,
      body: "Hi",
      sent_at: secondsAgo(60),
    });
    const listed = twilio.haltAfter("DateSent");
    const running = reconcile();
    await listed.reached;
    const form = inboundForm({ MessageSid: message_sid, From: from, To: to, Body: "Hi" });
    await postForStatus("sms-inbound", form);
    listed.release();
    assertEquals((await running).inbound, { listed: 1, brought_in: 0 });
    assertEquals(await bodiesOf(sql, id), ["Hi"]);
  }));

Deno.test("no log line holds a text or a phone", () =>
  withReconciler(async ({ sql, standIn, reconcile, outage, call, logs }) => {
    const { recruit_phone: from, twilio_phone: to } = await startConversation();
    const sender = await newSender(sql);
    for (const number of [to, sender]) {
      await loseText(standIn, { from, to: number, body: "secret words", sent_at: secondsAgo(60) });
    }
    await reconcile();
    await outage(500);
    await (await call({ wait: true })).body?.cancel();
    await outage(undefined);
    const text = logs.join("\n");
    assert(text.includes("brought_in"));
    for (const secret of ["secret words", from, sender, from.slice(1)]) {
      assertEquals([secret, text.includes(secret)], [secret, false]);
    }
  }));

Deno.test("a text that the database answers with an error keeps no other text out, and the cursor stays before it", () =>
  withReconciler(async ({ sql, standIn, call, reconcile }) => {
    const { recruit_phone: from, twilio_phone: to } = await startConversation();
    const lose = (body: string, seconds: number) =>
      loseText(standIn, { from, to, body, sent_at: secondsAgo(seconds) });
    const failing = await lose("A text that fails", 120);
    const other = await lose("Another text", 60);
    await sql`create function private.fail_one_text() returns trigger language plpgsql as $$
      begin raise exception 'not this one'; end $$`;
    await sql`create trigger fail_one_text before insert on recruiting_messages
      for each row when (new.body = 'A text that fails') execute function private.fail_one_text()`;
    try {
      const response = await call({ wait: true });
      await response.body?.cancel();
      assertEquals(response.status, 503);
      assertEquals(await messageOf(sql, failing.message_sid), undefined);
      assert(await messageOf(sql, other.message_sid));
      assert((await storedCursor(sql) ?? "") < secondsAgo(120));
    } finally {
      await sql`drop function private.fail_one_text cascade`;
    }
    assertEquals((await reconcile()).inbound, { listed: 2, brought_in: 1 });
    assert(await messageOf(sql, failing.message_sid));
    assert(await storedCursor(sql));
  }));

Deno.test("a text whose media Twilio does not list keeps no later text out, and comes without them after an hour", () =>
  withReconciler(async ({ sql, standIn, twilio, call, reconcile }) => {
    const [one, two] = [await startConversation(), await startConversation()];
    const lose = (
      { recruit_phone: from, twilio_phone: to }: typeof one,
      seconds: number,
      media = {},
    ) => loseText(standIn, { from, to, body: "Hi", sent_at: secondsAgo(seconds), ...media });
    const picture = { media: [{ url: "https://example.com/a.jpg", content_type: "image/jpeg" }] };
    const [fresh, old] = [await lose(one, 120, picture), await lose(one, 2 * HOUR, picture)];
    const later = await lose(two, 60);
    twilio.breakBefore("Media.json GET");
    const response = await call({ wait: true });
    await response.body?.cancel();
    assertEquals(response.status, 502);
    assert((await storedCursor(sql) ?? "") < secondsAgo(120));
    assertEquals((await messageOf(sql, old.message_sid)).media, []);
    assert(await messageOf(sql, later.message_sid));
    assertEquals(await messageOf(sql, fresh.message_sid), undefined);
    assertEquals((await reconcile({ dry_run: true })).inbound, { listed: 3, brought_in: 1 });
  }));

Deno.test("a lost STOP from before an erasure still opts the phone out, and nothing else of it comes back", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const { recruit_phone: from, twilio_phone: to } = await startConversation();
    const stop = await loseText(standIn, { from, to, body: "STOP", sent_at: secondsAgo(600) });
    await loseText(standIn, { from, to, body: "Hi", sent_at: secondsAgo(500) });
    await sql`insert into recruiting_senders (address) values (${to}) on conflict do nothing`;
    await sql`select recruiting_forget(${from})`;
    assertEquals((await reconcile()).inbound, { listed: 2, brought_in: 0 });
    assert(await isOptedOut(sql, from));
    assertEquals(await messageOf(sql, stop.message_sid), undefined);
    assertEquals(await unmatchedOf(sql, stop.message_sid), undefined);
  }));
