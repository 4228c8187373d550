/** What keeps reconciliation from a text, and that it keeps no other one out. */
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { bodiesOf, startConversation } from "../support/conversations.ts";
import { receiveText } from "../support/receive_text.ts";
import { HOUR, secondsAgo, storedCursor, withReconciler } from "../support/reconciler.ts";
import { conversationOf, newSender } from "../support/talk.ts";
import { newPhone } from "../support/twilio.ts";
import { loseText } from "../support/twilio_stand_in.ts";
import { until } from "../support/wait.ts";
import { messageOf, storeCursor, unmatchedOf } from "../support/reconciled_rows.ts";

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
      assert(cursor && cursor > secondsAgo(60), `The cursor is ${cursor}`);
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
      assertMatch(logs.join("\n"), /refuses_a_word/);
    } finally {
      await sql`alter table recruiting_unmatched_messages drop constraint refuses_a_word`;
    }
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
    // Every attempt's answer is held back, so that the worker does not come to the second text.
    const first = database.haltAfter("recruiting_receive_message", "every");
    const killed = call({ wait: true });
    const { pid } = worker;
    assert(pid, "The worker has no process");
    await first.reached;
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
      await receiveText(sql, stalled, "May I talk to a person?");
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
      const errors = logs.map((line) => JSON.parse(line)).filter(({ level }) => level === "error");
      const events = errors.map(({ event }) => event);
      assert(events.includes("twilio_unreachable"), `The log has the errors ${events}`);
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
      await receiveText(sql, stalled, "May I talk to a person?");
      const response = await call({ wait: true });
      const { error } = await response.json();
      assertEquals([response.status, error?.code], [502, "TWILIO_UNREACHABLE"]);
      assertEquals((await conversationOf(sql, stalled.id)).status, "escalated");
      assertEquals(await storedCursor(sql), null);
    }, { settings }));
}

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
      assertEquals((await messageOf(sql, other.message_sid))?.message_sid, other.message_sid);
      const cursor = await storedCursor(sql);
      assert((cursor ?? "") < secondsAgo(120), `The cursor is ${cursor}`);
    } finally {
      await sql`drop function private.fail_one_text cascade`;
    }
    assertEquals((await reconcile()).inbound, { listed: 2, brought_in: 1 });
    assertEquals((await messageOf(sql, failing.message_sid))?.message_sid, failing.message_sid);
    assert(await storedCursor(sql), "There is no cursor");
  }));

Deno.test("a text whose media Twilio does not list is brought in at once, and its media come later", () =>
  withReconciler(async ({ sql, standIn, twilio, reconcile }) => {
    const { recruit_phone: from, twilio_phone: to } = await startConversation();
    const { message_sid } = await loseText(standIn, {
      from,
      to,
      body: "Hi",
      sent_at: secondsAgo(120),
      media: [{ url: "https://example.com/a.jpg", content_type: "image/jpeg" }],
    });
    const outage = twilio.breakBefore("Media.json GET");
    assertEquals((await reconcile()).inbound, { listed: 1, brought_in: 1 });
    assert(await storedCursor(sql), "There is no cursor");
    const waiting = await messageOf(sql, message_sid);
    assertEquals([waiting.media, waiting.num_media, waiting.media_attempts], [[], 1, 1]);
    outage.mend();
    await sql`update recruiting_messages set media_due_at = now() where message_sid = ${message_sid}`;
    await reconcile();
    const { media, media_due_at } = await messageOf(sql, message_sid);
    assertEquals([media.length, typeof media[0].path, media_due_at], [1, "string", null]);
  }));
