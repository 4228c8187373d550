/** sms-reconcile, which the schedule calls: who may call it, what it answers, and what it does. */
import type postgres from "postgres";
import type { EdgeFunction } from "../../local/functions/edge_function.ts";
import { legacyKey, PUBLISHABLE_KEY, SECRET_KEY } from "../../local/settings/keys.ts";
import { assertEquals } from "../support/assert.ts";
import { forgetDueWork, sentTo, type TestBot, withBot } from "../support/bot.ts";
import { startConversation } from "../support/conversations.ts";
import { beginMessage } from "../support/own_rows.ts";
import { receiveText } from "../support/receive_text.ts";
import { withoutDatabase } from "../support/reconciler_without_database.ts";
import { withSql } from "../support/stack.ts";
import { newSid } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

async function answerTo(worker: EdgeFunction, init: RequestInit): Promise<[number, unknown]> {
  const request = new Request("http://localhost/sms-reconcile", init);
  const response = await worker.fetch(request, "/sms-reconcile");
  return [response.status, await response.json()];
}

const withKey = (body?: string, headers: HeadersInit = { apikey: SECRET_KEY }): RequestInit => ({
  method: "POST",
  headers,
  body,
});

const codeOf = (answer: unknown) => (answer as { error: { code: string } }).error.code;

Deno.test("every method but POST is answered 405, before the key is looked at", () =>
  withoutDatabase(async (worker) => {
    for (const method of ["GET", "PUT", "OPTIONS"]) {
      const request = new Request("http://localhost/", { method, headers: { apikey: "no" } });
      const response = await worker.fetch(request, "/sms-reconcile");
      assertEquals([response.status, response.headers.get("allow")], [405, "POST"]);
      await response.body?.cancel();
    }
  }));

const service = await legacyKey("service_role");

const KEYS: [string, Record<string, string>, number][] = [
  ["a secret key as apikey", { apikey: SECRET_KEY }, 202],
  ["the legacy key as apikey", { apikey: service }, 202],
  ["the legacy key as a bearer token", { Authorization: `Bearer ${service}` }, 202],
  ["no key", {}, 401],
  ["an empty key", { apikey: "" }, 401],
  ["a wrong key", { apikey: SECRET_KEY.replace(/.$/, "x") }, 401],
  ["the publishable key", { apikey: PUBLISHABLE_KEY }, 401],
  ["a secret key as a bearer token", { Authorization: `Bearer ${SECRET_KEY}` }, 401],
  ["the legacy key of anon", { apikey: await legacyKey("anon") }, 401],
];

Deno.test("only the platform's keys are taken", () =>
  withoutDatabase(async (worker) => {
    for (const [label, headers, expected] of KEYS) {
      const [status, answer] = await answerTo(worker, withKey(undefined, headers));
      assertEquals([label, status], [label, expected]);
      if (status === 202) assertEquals(answer, { status: "started" });
      else assertEquals(codeOf(answer), "UNAUTHORIZED");
    }
  }));

Deno.test("a body that is wrong is answered 422, naming the field", () =>
  withoutDatabase(async (worker) => {
    for (
      const [body, field] of [
        ["[]", "body"],
        ["null", "body"],
        ['"wait"', "body"],
        ["{", "body"],
        ['{"wait":"true"}', "wait"],
        ['{"wait":null}', "wait"],
        ['{"wait":true,"now":1}', "now"],
      ]
    ) {
      const [status, answer] = await answerTo(worker, withKey(body));
      const { error } = answer as { error: { code: string; message: string } };
      assertEquals([body, status, error.code], [body, 422, "INVALID"]);
      assertEquals([body, error.message.split(" ")[0]], [body, field]);
    }
  }));

Deno.test("without wait the answer comes at once; with it, 503 tells that the database is away", () =>
  withoutDatabase(async (worker) => {
    for (const body of [undefined, "", "{}", '{"wait":false}']) {
      assertEquals(await answerTo(worker, withKey(body)), [202, { status: "started" }]);
    }
    const [status, answer] = await answerTo(worker, withKey('{"wait":true}'));
    assertEquals([status, codeOf(answer)], [503, "UNAVAILABLE"]);
  }));

/** Writes conversations whose reply has been due for so many seconds, and whose worker is gone. */
async function stalledTurns(sql: postgres.Sql, dueForSeconds: number[]) {
  return await Promise.all(dueForSeconds.map(async (seconds) => {
    const conversation = await startConversation();
    await receiveText(sql, conversation, "Hi");
    await sql`update recruiting_conversations
      set reply_due_at = now() - ${seconds} * interval '1 second' where id = ${conversation.id}`;
    return conversation;
  }));
}

const claim = (sql: postgres.Sql) =>
  sql<{ kind: string; conversation_id: string }[]>`
    select * from recruiting_claim_due_work(gen_random_uuid())`;

/** Runs a test with a bot whose schedule is paused, so that only the test claims. What it leaves due is forgotten. */
const withPausedBot = (use: (bot: TestBot, sql: postgres.Sql) => Promise<void>) =>
  withSql((sql) =>
    withBot({}, async (bot) => {
      await bot.schedule.pause();
      try {
        await use(bot, sql);
      } finally {
        await forgetDueWork(sql);
      }
    })
  );

Deno.test("20 workers that claim 20 stalled turns at once get one each", () =>
  withPausedBot(async (bot, sql) => {
    const conversations = await stalledTurns(sql, Array.from({ length: 20 }, () => 60));
    const claims = await Promise.all(conversations.map(() => claim(sql)));
    const claimed = claims.flat().map(({ conversation_id }) => conversation_id);
    assertEquals(claimed.sort(), conversations.map(({ id }) => id).sort());
    assertEquals([...await claim(sql)], []);
    // Their workers are gone: when the leases have ended, all are due again.
    await sql`update recruiting_conversations set turn_expires_at = now() where id in ${
      sql(claimed)
    }`;
    bot.schedule.resume();
    for (const { recruit_phone } of conversations) {
      await until(async () => (await sentTo(recruit_phone)).length > 0, "the reply");
      assertEquals((await sentTo(recruit_phone)).length, 1);
    }
  }));

Deno.test("a claim that is repeated with its token, because its answer was lost, is the same piece", () =>
  withPausedBot(async (_, sql) => {
    const turns = await stalledTurns(sql, [30, 20, 10]);
    const token = crypto.randomUUID();
    for (let times = 0; times < 3; times++) {
      const [{ conversation_id }] = await sql`select * from recruiting_claim_due_work(${token})`;
      assertEquals(conversation_id, turns[0].id);
    }
    const [{ turn_attempts }] = await sql`
      select turn_attempts from recruiting_conversations where id = ${turns[0].id}`;
    assertEquals(turn_attempts, 1);
  }));

Deno.test("a worker that claims a send keeps no other worker from the turn", () =>
  withPausedBot(async (_, sql) => {
    await stalledTurns(sql, [10]);
    const { id } = await startConversation();
    const { id: messageId } = await beginMessage(sql, id);
    await sql`update recruiting_messages set confirm_due_at = now() - interval '1 minute' where id = ${messageId}`;
    const claiming = await sql.reserve();
    await claiming`begin`;
    const [first] = await claiming`select * from recruiting_claim_due_work(gen_random_uuid())`;
    const [second] = await claim(sql);
    await claiming`commit`;
    claiming.release();
    assertEquals([first.kind, second.kind], ["send", "turn"]);
  }));

Deno.test("where nothing can be sent, an unconfirmed send fails after 15 minutes and the recruit gets a person", () =>
  withSql((sql) =>
    withBot({ TWILIO_ACCOUNT_SID: "" }, async (bot) => {
      await bot.schedule.pause();
      const [{ id }] = await stalledTurns(sql, [60]);
      const { id: messageId } = await beginMessage(sql, id);
      await sql`update recruiting_messages set begun_at = now() - interval '16 minutes', confirm_due_at = now()
        where id = ${messageId}`;
      assertEquals((await bot.schedule.reconcile()).sends.failed, 1);
      const [{ status }] = await sql`select status from recruiting_conversations where id = ${id}`;
      assertEquals(status, "escalated");
    })
  ));

Deno.test("work is claimed in the order in which it became due, turns and sends alike", () =>
  withPausedBot(async (_, sql) => {
    const turns = await stalledTurns(sql, [10, 30, 50]);
    const sends = await Promise.all([20, 40].map(async (seconds) => {
      const { id } = await startConversation();
      const { id: messageId } = await beginMessage(sql, id);
      await sql`update recruiting_messages
        set confirm_due_at = now() - ${seconds} * interval '1 second' where id = ${messageId}`;
      return id;
    }));
    const order = [];
    for (let piece = 0; piece < 5; piece++) order.push((await claim(sql))[0]);
    assertEquals(order.map(({ kind, conversation_id }) => [kind, conversation_id]), [
      ["turn", turns[2].id],
      ["send", sends[1]],
      ["turn", turns[1].id],
      ["send", sends[0]],
      ["turn", turns[0].id],
    ]);
  }));

Deno.test("a turn whose conversation has an unconfirmed send is not due, and is when it is confirmed", () =>
  withPausedBot(async (_, sql) => {
    const [{ id }] = await stalledTurns(sql, [60]);
    const message = await beginMessage(sql, id);
    assertEquals([...await claim(sql)], []);
    await sql`select recruiting_record_send(message_id => ${message.id}, begun_at => ${message.begunAt},
      message_sid => ${newSid()}, twilio_status => 'queued')`;
    assertEquals((await claim(sql)).map(({ conversation_id }) => conversation_id), [id]);
  }));

Deno.test("a turn that waits for an unconfirmed send does not bring later turns before older sends", () =>
  withPausedBot(async (_, sql) => {
    const [waiting, later] = await stalledTurns(sql, [60, 1]);
    const { id: messageId } = await beginMessage(sql, waiting.id);
    await sql`update recruiting_messages set confirm_due_at = now() - interval '30 seconds' where id = ${messageId}`;
    assertEquals((await claim(sql)).map(({ kind }) => kind), ["send"]);
    assertEquals((await claim(sql)).map(({ conversation_id }) => conversation_id), [later.id]);
  }));
