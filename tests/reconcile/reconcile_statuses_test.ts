/** When Twilio is asked for a status that no callback has told, and what comes of the answer. */
import type postgres from "postgres";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { beginMessage } from "../support/own_rows.ts";
import { HOUR, type Reconciler, withReconciler } from "../support/reconciler.ts";
import { asNewAgent } from "../support/stack.ts";
import { conversationOf } from "../support/talk.ts";
import { magicPhone, newPhone, newSid, postForStatus, statusForm } from "../support/twilio.ts";
import { FOREVER, SERVICE } from "../support/twilio_stand_in.ts";
import { until } from "../support/wait.ts";

/** The default of STATUS_CHECK_SECONDS. */
const FIRST = 900;

/** Twilio's webhooks about these numbers are lost. */
const WITHOUT_CALLBACKS = "+15005560404";

/** A message of ours. */
interface Sent {
  id: string;
  sid: string;
  conversationId: string;
}

/** How a message is. */
interface SentOptions {
  /** When it was begun, in s. */
  begunAgo?: number;
  /** When Twilio is asked next, in s after it was begun. */
  checkAfter?: number;
  /** Unknown to Twilio, if it is not the SID of a message there. */
  sid?: string;
  channel?: string;
  status?: string;
  assigned_agent_id?: string;
}

/** Writes a message that was begun and accepted, and of which nothing has been heard since. */
async function sent(
  sql: postgres.Sql,
  { begunAgo = FIRST + 10, checkAfter = FIRST, sid = newSid(), ...conversation }: SentOptions = {},
): Promise<Sent> {
  const { id: conversationId } = await startConversation(conversation);
  const begun_at = new Date(Date.now() - begunAgo * 1000);
  const [{ id }] = await sql`insert into recruiting_messages ${
    sql({
      conversation_id: conversationId,
      direction: "outbound",
      sender_type: "bot",
      outbox_kind: "reply",
      body: "Hello",
      status: "queued",
      message_sid: sid,
      begun_at,
      created_at: begun_at,
      status_check_at: new Date(begun_at.getTime() + checkAfter * 1000),
    })
  } returning id`;
  return { id, sid, conversationId };
}

/** Has Twilio send a message, and returns its SID once it is in a status. */
async function atTwilio(
  { standIn }: Reconciler,
  to: string,
  status: string,
  fields: Record<string, unknown> = {},
): Promise<string> {
  const { sid } = await standIn.client.messages.create({
    from: "+15550100000",
    to,
    body: "Hello",
    ...fields,
  });
  const isThere = async () => (await standIn.client.messages(sid).fetch()).status === status;
  await until(isThere, `the message to be ${status}`);
  return sid;
}

async function messageOf(sql: postgres.Sql, { id }: Sent) {
  const [row] = await sql`select *,
    round(extract(epoch from status_check_at - begun_at))::int as next_check
    from recruiting_messages where id = ${id}`;
  return row;
}

/** The statuses that Twilio was asked for, by SID. */
const askedFor = ({ twilio }: Reconciler) =>
  twilio.seen.flatMap(({ line }) => /\/Messages\/(\w+)\.json GET/.exec(line)?.[1] ?? []);

/** Writes down that Twilio called back. */
async function calledBack(sql: postgres.Sql, { sid }: Sent, status: string, secondsAgo: number) {
  await sql`insert into recruiting_message_events (message_sid, twilio_status, received_at)
    values (${sid}, ${status}, now() - ${secondsAgo} * interval '1 second')`;
}

/** After the first step and at each later one: when it was begun, and when Twilio is asked next. */
const STEPS: [
  label: string,
  begunAgo: number,
  checkAfter: number,
  asked: boolean,
  next: unknown,
][] = [
  ["before the first step", FIRST - 300, FIRST, false, FIRST],
  ["at the first step", FIRST, FIRST, true, HOUR],
  ["before the second", HOUR - 300, HOUR, false, HOUR],
  ["at the second", HOUR, HOUR, true, 6 * HOUR],
  ["at the third", 6 * HOUR, 6 * HOUR, true, 24 * HOUR],
  ["at the fourth", 24 * HOUR, 24 * HOUR, true, 72 * HOUR],
  ["before the last", 72 * HOUR - 300, 72 * HOUR, false, 72 * HOUR],
  ["at the last", 72 * HOUR, 72 * HOUR, true, null],
  ["two steps missed", 7 * HOUR, FIRST, true, 24 * HOUR],
  ["all steps missed", 400 * HOUR, FIRST, true, null],
  ["nothing left", 100 * HOUR, 1e9, false, 1e9],
];

Deno.test("Twilio is asked once at each step, for steps that were missed once, and after the last no more", () =>
  withReconciler(async (reconciler) => {
    const { sql, reconcile } = reconciler;
    const steps = await Promise.all(
      STEPS.map(async ([label, begunAgo, checkAfter, isAsked, next]) => {
        const sid = await atTwilio(reconciler, newPhone(), "queued");
        return { label, isAsked, next, message: await sent(sql, { sid, begunAgo, checkAfter }) };
      }),
    );
    const { length: asked } = steps.filter(({ isAsked }) => isAsked);
    reconciler.twilio.seen.length = 0;
    assertEquals((await reconcile()).statuses, { asked, updated: 0 });
    assertEquals((await reconcile()).statuses.asked, 0);
    const sids = askedFor(reconciler);
    for (const { label, isAsked, next, message } of steps) {
      const { length: calls } = sids.filter((sid) => sid === message.sid);
      assertEquals([label, calls], [label, isAsked ? 1 : 0]);
      assertEquals([label, (await messageOf(sql, message)).next_check], [label, next]);
    }
  }, { pace: FOREVER }));

Deno.test("the steps are multiples of STATUS_CHECK_SECONDS", () =>
  withReconciler(async (reconciler) => {
    const { sql, reconcile } = reconciler;
    const nextChecks: [begunAgo: number, next: number | null][] = [
      [100, 400],
      [400, 2400],
      [2400, 9600],
      [9600, 28800],
      [28800, null],
    ];
    const messages = await Promise.all(nextChecks.map(async ([begunAgo, next]) => {
      const sid = await atTwilio(reconciler, newPhone(), "queued");
      return { begunAgo, next, message: await sent(sql, { sid, begunAgo, checkAfter: 100 }) };
    }));
    assertEquals((await reconcile()).statuses.asked, messages.length);
    for (const { begunAgo, next, message } of messages) {
      assertEquals([begunAgo, (await messageOf(sql, message)).next_check], [begunAgo, next]);
    }
  }, { pace: FOREVER, settings: { STATUS_CHECK_SECONDS: "100" } }));

/** When Twilio called back, and whether it is asked at a step all the same. */
const CALLBACKS: [
  label: string,
  begunAgo: number,
  calledAgo: number,
  isAsked: boolean,
  next: unknown,
][] = [
  ["called since it was begun, first step", FIRST + 10, FIRST - 5, false, HOUR],
  ["called since the first step, second step", HOUR + 10, HOUR - FIRST, false, 6 * HOUR],
  ["called before the first step, second step", HOUR + 10, HOUR - FIRST / 2, true, 6 * HOUR],
  ["called before the second step, third step", 6 * HOUR + 10, 5 * HOUR + FIRST, true, 24 * HOUR],
  ["called since the fourth step, last step", 72 * HOUR + 10, 40 * HOUR, false, null],
];

Deno.test("a step is skipped when a callback came since the one before, and a dry run knows it", () =>
  withReconciler(async (reconciler) => {
    const { sql, reconcile } = reconciler;
    for (const [label, begunAgo, calledAgo, isAsked, next] of CALLBACKS) {
      const sid = await atTwilio(reconciler, newPhone(), "queued");
      const message = await sent(sql, { sid, begunAgo });
      await calledBack(sql, message, "sent", calledAgo);
      const asked = isAsked ? 1 : 0;
      assertEquals([label, (await reconcile({ dry_run: true })).statuses.asked], [label, asked]);
      assertEquals([label, (await reconcile()).statuses.asked], [label, asked]);
      assertEquals([label, (await messageOf(sql, message)).next_check], [label, next]);
    }
  }, { pace: FOREVER }));

Deno.test("a late callback that says queued skips no step, so a lost one after it is made up for", () =>
  withReconciler(async (reconciler) => {
    const { sql, reconcile } = reconciler;
    for (const before of ["sent", undefined]) {
      const sid = await atTwilio(reconciler, newPhone(), "queued");
      const message = await sent(sql, { sid, begunAgo: HOUR + 10 });
      if (before) await calledBack(sql, message, before, HOUR);
      await calledBack(sql, message, "queued", HOUR - FIRST - 10);
      assertEquals([before, (await reconcile({ dry_run: true })).statuses.asked], [before, 1]);
      assertEquals([before, (await reconcile()).statuses.asked], [before, 1]);
    }
  }, { pace: FOREVER }));

Deno.test("an answer that was asked for is no callback, which would skip the next step", () =>
  withReconciler(async (reconciler) => {
    const { sql, reconcile } = reconciler;
    const sid = await atTwilio(reconciler, newPhone(), "queued");
    const message = await sent(sql, { sid });
    assertEquals((await reconcile()).statuses.asked, 1);
    await sql`update recruiting_messages set begun_at = begun_at - interval '1 hour',
      status_check_at = now() where id = ${message.id}`;
    assertEquals((await reconcile()).statuses.asked, 1);
  }, { pace: FOREVER }));

Deno.test("what is final, has no SID, or is inbound is not asked for", () =>
  withReconciler(async (reconciler) => {
    const { sql, reconcile } = reconciler;
    for (const status of ["delivered", "failed"]) {
      const message = await sent(sql, { begunAgo: 2 * HOUR });
      await sql`update recruiting_messages set status = ${status} where id = ${message.id}`;
    }
    const { id } = await startConversation();
    const { id: messageId } = await beginMessage(sql, id);
    await sql`update recruiting_messages set begun_at = now() - interval '2 hours', status_check_at = now()
      where id = ${messageId}`;
    assertEquals((await reconcile()).statuses, { asked: 0, updated: 0 });
    assertEquals(askedFor(reconciler), []);
  }));

Deno.test("a send of the bot's is asked for 15 min after it was begun", () =>
  withReconciler(async ({ sql }) => {
    const { id } = await startConversation();
    const { id: messageId } = await beginMessage(sql, id);
    const [{ seconds }] =
      await sql`select extract(epoch from status_check_at - begun_at)::int as seconds
      from recruiting_messages where id = ${messageId}`;
    assertEquals(seconds, FIRST);
  }));

Deno.test("a status that was asked for is stored as an event, and told to the agent", () =>
  withReconciler(async (reconciler) => {
    const { sql, reconcile } = reconciler;
    const agent = await asNewAgent();
    const sid = await atTwilio(reconciler, magicPhone(WITHOUT_CALLBACKS), "delivered");
    const message = await sent(sql, { sid, status: "escalated", assigned_agent_id: agent.id });
    assertEquals((await reconcile()).statuses, { asked: 1, updated: 1 });
    const { status, delivered_at, status_check_at } = await messageOf(sql, message);
    assertEquals([status, delivered_at !== null, status_check_at], ["delivered", true, null]);
    const events = await sql`select twilio_status, event, was_fetched from recruiting_message_events
      where message_sid = ${sid}`;
    assertEquals([...events], [
      { twilio_status: "delivered", event: "sms_delivered", was_fetched: true },
    ]);
    const broadcasts = await sql`select topic, payload ->> 'status' as status from realtime.messages
      where event = 'message_status_changed' and payload ->> 'message_id' = ${message.id}`;
    assertEquals([...broadcasts], [{ topic: `agent:${agent.id}`, status: "delivered" }]);
  }));

Deno.test("undelivered fails the message with its code, and the bot's conversation gets a person", () =>
  withReconciler(async (reconciler) => {
    const { sql, reconcile } = reconciler;
    const sid = await atTwilio(reconciler, magicPhone("+15005563003"), "undelivered");
    const message = await sent(sql, { sid });
    assertEquals((await reconcile()).statuses, { asked: 1, updated: 1 });
    const { status, error_code } = await messageOf(sql, message);
    assertEquals([status, error_code], ["failed", "30003"]);
    const conversation = await conversationOf(sql, message.conversationId);
    assertEquals(conversation.status, "escalated");
    assertMatch(conversation.escalation_reason, /30003/);
  }));

Deno.test("a 21610 that was asked for opts the recruit out", () =>
  withReconciler(async (reconciler) => {
    const { sql, reconcile } = reconciler;
    const sid = await atTwilio(reconciler, magicPhone("+15005562161"), "undelivered");
    const message = await sent(sql, { sid });
    assertEquals((await reconcile()).statuses.updated, 1);
    const { opted_out_at, status } = await conversationOf(sql, message.conversationId);
    assertEquals([opted_out_at !== null, status], [true, "bot"]);
  }));

Deno.test("canceled fails the message with that reason", () =>
  withReconciler(async (reconciler) => {
    const { sql, standIn, reconcile } = reconciler;
    const sid = await atTwilio(reconciler, newPhone(), "scheduled", {
      messagingServiceSid: SERVICE,
      scheduleType: "fixed",
      sendAt: new Date(Date.now() + HOUR * 1000),
    });
    await standIn.client.messages(sid).update({ status: "canceled" });
    const message = await sent(sql, { sid, status: "escalated" });
    assertEquals((await reconcile({ dry_run: true })).statuses, { asked: 1, updated: 1 });
    assertEquals((await reconcile()).statuses, { asked: 1, updated: 1 });
    const { status, error_message, error_code, status_check_at } = await messageOf(sql, message);
    assertEquals([status, error_code, status_check_at], ["failed", null, null]);
    assertMatch(error_message, /cancel/i);
  }));

Deno.test("canceled that is called back is answered ignored, and fails the message with that reason", () =>
  withReconciler(async ({ sql }) => {
    const message = await sent(sql, { status: "escalated" });
    const form = statusForm(message.sid, "canceled");
    assertEquals(await postForStatus("sms-status", form), "ignored");
    const { status, error_message, status_check_at } = await messageOf(sql, message);
    assertEquals([status, status_check_at], ["failed", null]);
    assertMatch(error_message, /cancel/i);
  }));

Deno.test("a message that Twilio does not know is not asked for again, and stays as it is", () =>
  withReconciler(async (reconciler) => {
    const { sql, standIn, reconcile } = reconciler;
    const removed = await atTwilio(reconciler, magicPhone(WITHOUT_CALLBACKS), "delivered");
    await standIn.client.messages(removed).remove();
    const messages = [await sent(sql, { sid: removed }), await sent(sql)];
    assertEquals((await reconcile()).statuses, { asked: 2, updated: 0 });
    for (const message of messages) {
      const { status, status_check_at } = await messageOf(sql, message);
      assertEquals([status, status_check_at], ["queued", null]);
    }
    assertEquals((await reconcile()).statuses.asked, 0);
  }));

Deno.test("50 are asked for in a run, the longest due first, and more tells that some are left", () =>
  withReconciler(async (reconciler) => {
    const { sql, reconcile } = reconciler;
    const messages: Sent[] = [];
    for (let message = 0; message < 101; message++) {
      messages.push(await sent(sql, { begunAgo: FIRST + 200 - message }));
    }
    const answers = [await reconcile(), await reconcile(), await reconcile()];
    assertEquals(answers.map(({ status, statuses }) => [status, statuses.asked]), [
      ["more", 50],
      ["more", 50],
      ["done", 1],
    ]);
    assertEquals(askedFor(reconciler), messages.map(({ sid }) => sid));
  }));

Deno.test("a claim whose answer is lost is repeated, and its messages are asked for in the same run", () =>
  withReconciler(async (reconciler) => {
    const { sql, database, reconcile } = reconciler;
    const messages: Sent[] = [];
    for (let message = 0; message < 60; message++) {
      messages.push(await sent(sql, { begunAgo: FIRST + 200 - message }));
    }
    const claim = database.haltAfter("recruiting_claim_status_checks");
    claim.reached.then(claim.drop);
    const answers = [await reconcile(), await reconcile()];
    assertEquals(answers.map(({ status, statuses }) => [status, statuses.asked]), [
      ["more", 50],
      ["done", 10],
    ]);
    assertEquals(askedFor(reconciler), messages.map(({ sid }) => sid));
  }));

Deno.test("exactly 50 are done in one run", () =>
  withReconciler(async ({ sql, reconcile }) => {
    for (let message = 0; message < 50; message++) await sent(sql);
    const { status, statuses } = await reconcile();
    assertEquals([status, statuses.asked], ["done", 50]);
  }));

Deno.test("two runs at once ask for each message once", () =>
  withReconciler(async (reconciler) => {
    const { sql, reconcile } = reconciler;
    const messages: Sent[] = [];
    for (let message = 0; message < 60; message++) messages.push(await sent(sql));
    const answers = await Promise.all([reconcile(), reconcile()]);
    assertEquals(answers.reduce((sum, { statuses }) => sum + statuses.asked, 0), 60);
    assertEquals(askedFor(reconciler).sort(), messages.map(({ sid }) => sid).sort());
  }));

Deno.test("while Twilio's API is away no check is lost, and the answer is 502", () =>
  withReconciler(async (reconciler) => {
    const { sql, twilio, outage, call, reconcile } = reconciler;
    const sid = await atTwilio(reconciler, magicPhone(WITHOUT_CALLBACKS), "delivered");
    const message = await sent(sql, { sid });
    const asked = twilio.haltBefore("/Messages/");
    const running = call({ wait: true });
    await asked.reached;
    await outage(503);
    asked.release();
    const response = await running;
    assertEquals([response.status, (await response.json()).error.code], [
      502,
      "TWILIO_UNREACHABLE",
    ]);
    await outage(undefined);
    // The lease ends.
    await sql`update recruiting_messages set status_check_at = now() where id = ${message.id}`;
    assertEquals((await reconcile()).statuses, { asked: 1, updated: 1 });
  }));

Deno.test("a callback that comes while Twilio is asked is not undone", () =>
  withReconciler(async (reconciler) => {
    const { sql, twilio, reconcile } = reconciler;
    const sid = await atTwilio(reconciler, newPhone(), "queued");
    const message = await sent(sql, { sid });
    const asked = twilio.haltAfter("/Messages/");
    const running = reconcile();
    await asked.reached;
    await sql`select recruiting_record_message_status(message_sid => ${sid},
      twilio_status => 'delivered', channel => 'sms')`;
    asked.release();
    assertEquals((await running).statuses.asked, 1);
    const { status, status_check_at } = await messageOf(sql, message);
    assertEquals([status, status_check_at], ["delivered", null]);
  }, { pace: FOREVER }));

Deno.test("a dry run asks, tells what would change, and leaves the checks as they are", () =>
  withReconciler(async (reconciler) => {
    const { sql, reconcile } = reconciler;
    const delivered = await atTwilio(reconciler, magicPhone(WITHOUT_CALLBACKS), "delivered");
    const message = await sent(sql, { sid: delivered });
    await sent(sql);
    const expected = { asked: 2, updated: 1 };
    for (let times = 0; times < 2; times++) {
      assertEquals((await reconcile({ dry_run: true })).statuses, expected);
      assertEquals((await messageOf(sql, message)).next_check, FIRST);
    }
    assertEquals((await reconcile()).statuses, expected);
  }));

Deno.test("a message whose status Twilio does not tell keeps no other check waiting", () =>
  withReconciler(async ({ sql, twilio, call }) => {
    const checks = [];
    for (const checkAfter of [FIRST, FIRST + 1, FIRST + 2]) {
      checks.push(await sent(sql, { checkAfter }));
    }
    twilio.breakBefore(`/Messages/${checks[0].sid}.json GET`);
    const response = await call({ wait: true });
    await response.body?.cancel();
    assertEquals(response.status, 502);
    const rows = await sql`select id from recruiting_messages
      where id in ${sql(checks.map(({ id }) => id))} and status_check_at is not null`;
    // Twilio does not know the other two, and they are not asked for again.
    assertEquals(rows.map(({ id }) => id), [checks[0].id]);
  }));

Deno.test("while Twilio does not know the account, no check is given up", () =>
  withReconciler(async ({ sql, logs, call }) => {
    const { id } = await sent(sql);
    // A run of the schedule within the minute, which asks for statuses and compares nothing.
    await sql`update private.log_comparison set begun_at = now()`;
    assertEquals((await call()).status, 202);
    await until(() => logs.some((line) => line.includes('"event":"reconciled"')), "the run's end");
    const [{ status_check_at }] = await sql`
      select status_check_at from recruiting_messages where id = ${id}`;
    assert(status_check_at, "Twilio will not be asked again");
  }, {
    settings: {
      TWILIO_ACCOUNT_SID: `AC${"9".repeat(32)}`,
      TWILIO_API_KEY: `SK${"1".repeat(32)}`,
      TWILIO_API_KEY_SECRET: "an-api-key-secret",
    },
  }));
