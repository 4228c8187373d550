import type postgres from "postgres";
import { assert, assertEquals } from "../support/assert.ts";
import { forgetDueWork } from "../support/bot.ts";
import { bodiesOf, startConversation } from "../support/conversations.ts";
import { receiveText } from "../support/receive_text.ts";
import { asNewAgent, asServiceRole, withSql as withStack } from "../support/stack.ts";
import { newPhone, newSid } from "../support/twilio.ts";

interface Parties {
  id: string;
  channel: string;
  recruit_phone: string;
  twilio_phone: string;
}

/**
 * Due work that other tests have left is cleared first: a function of the stack that does it would claim this
 * test's turns, too.
 */
const withSql = (use: (sql: postgres.Sql) => Promise<void>) =>
  withStack(async (sql) => {
    await forgetDueWork(sql);
    await use(sql);
  });

/** A text arrives, in the inbound call, so many seconds after it was sent. */
async function receive(
  sql: postgres.Sql,
  parties: Omit<Parties, "id">,
  body: string,
  { wait = 0, optOutType }: { wait?: number; optOutType?: string } = {},
) {
  return await receiveText(sql, parties, body, { optOutType, turnWaitSeconds: wait });
}

interface Turn {
  seen_seq: string;
  reason_to_escalate: string | null;
  history: { body: string; metadata: Record<string, string> | null }[];
}

async function claim(
  sql: postgres.Sql,
  id: string,
  lease = 60,
  token: string = crypto.randomUUID(),
) {
  const [turn]: (Turn | undefined)[] =
    await sql`select * from recruiting_claim_turn(${id}, ${token}, ${lease})`;
  return turn && { ...turn, token, seen: Number(turn.seen_seq) };
}

/** Result of asking to send a reply. */
async function beginReply(
  sql: postgres.Sql,
  id: string,
  turn: { token: string; seen: number },
  { mayRestart = false, messageId = crypto.randomUUID() as string } = {},
): Promise<string> {
  const [{ outcome }] = await sql`
    select outcome from recruiting_begin_reply(conversation_id => ${id},
      turn_token => ${turn.token}, message_id => ${messageId}, body => 'A reply',
      seen_seq => ${turn.seen}, may_restart => ${mayRestart})`;
  return outcome;
}

async function pendingFor(sql: postgres.Sql, id: string): Promise<number | null> {
  const [{ seq }] = await sql`
    select reply_pending_seq::int as seq from recruiting_conversations where id = ${id}`;
  return seq;
}

async function optOut(sql: postgres.Sql, { recruit_phone, twilio_phone }: Omit<Parties, "id">) {
  await sql`insert into recruiting_opt_outs (recruit_phone, twilio_phone, reason)
    values (${recruit_phone}, ${twilio_phone}, 'test')`;
}

async function newConversation(fields: Parameters<typeof startConversation>[0] = {}) {
  const channel = fields.channel ?? "sms";
  return { ...await startConversation({ ...fields, channel }), channel };
}

Deno.test("a reply is due the bot's wait after the newest text, and four waits after the oldest at the latest", () =>
  withSql(async (sql) => {
    const conversation = await newConversation();
    /** Receives a text. Returns the times from the newest and from the oldest text until the reply is due. */
    const receiveOne = async () => {
      const { reply_due_in_ms } = await receive(sql, conversation, "Hi", { wait: 20 });
      const [{ newest, oldest, left_ms }] = await sql`
        select (reply_due_at - last_message_at)::text as newest,
          (reply_due_at - reply_pending_since)::text as oldest,
          private.ms_until(reply_due_at) as left_ms
        from recruiting_conversations where id = ${conversation.id}`;
      const due = Number(reply_due_in_ms);
      assert(left_ms <= due && due <= 20_000, `${due} ms were left, and then ${left_ms} ms`);
      return { newest, oldest };
    };
    for (let text = 0; text < 3; text++) assertEquals((await receiveOne()).newest, "00:00:20");
    await sql`update recruiting_conversations
      set reply_pending_since = reply_pending_since - interval '70 seconds' where id = ${conversation.id}`;
    const { newest, oldest } = await receiveOne();
    assertEquals(oldest, "00:01:20");
    assert(newest < "00:00:20", newest);
    assertEquals(await claim(sql, conversation.id), undefined);
  }));

for (
  const [label, body, optOutType, isPending] of [
    ["an ordinary text", "Is the job open?", undefined, true],
    ["an empty text", "", undefined, true],
    ["START, when nothing was stopped", "START", undefined, true],
    ["YES, when nothing was stopped", "Yes.", undefined, true],
    ["HELP", "help", undefined, false],
    ["INFO", "info", undefined, false],
    ["STOP", "STOP", undefined, false],
    ["anything that Twilio calls HELP", "ayuda", "HELP", false],
    ["anything that Twilio calls START, when nothing was stopped", "volver", "START", true],
  ] as const
) {
  Deno.test(`${label} makes ${isPending ? "a" : "no"} reply pending`, () =>
    withSql(async (sql) => {
      const conversation = await newConversation();
      const { reply_due_in_ms } = await receive(sql, conversation, body, { optOutType });
      assertEquals(reply_due_in_ms !== null, isPending);
      assertEquals(await claim(sql, conversation.id) !== undefined, isPending);
    }));
}

for (const status of ["escalated", "closed"]) {
  Deno.test(`a text to a conversation that is ${status} makes no reply pending, and neither does handing it back`, () =>
    withSql(async (sql) => {
      const conversation = await newConversation({ status });
      assertEquals((await receive(sql, conversation, "Hi")).reply_due_in_ms, null);
      await sql`update recruiting_conversations set status = 'bot' where id = ${conversation.id}`;
      assertEquals(await claim(sql, conversation.id), undefined);
      assertEquals((await receive(sql, conversation, "Hi again")).reply_due_in_ms, 0);
      assertEquals((await claim(sql, conversation.id))?.seen, 2);
    }));
}

Deno.test("while opted out no text makes a reply pending, and opting in does not restore one", () =>
  withSql(async (sql) => {
    const conversation = await newConversation();
    await receive(sql, conversation, "Hi");
    await receive(sql, conversation, "STOP");
    assertEquals(await pendingFor(sql, conversation.id), null);
    for (const body of ["Hello?", "HELP", "START"]) await receive(sql, conversation, body);
    assertEquals(await pendingFor(sql, conversation.id), null);
    await receive(sql, conversation, "So, is it open?");
    assertEquals(await pendingFor(sql, conversation.id), 6);
  }));

Deno.test("YES opts in on the number that was stopped and makes no reply pending; on another it is the text of a recruit who has opted out", () =>
  withSql(async (sql) => {
    const recruit_phone = newPhone();
    const stopped = await newConversation({ recruit_phone });
    const other = await newConversation({ recruit_phone, twilio_phone: "+15550100005" });
    await receive(sql, stopped, "STOP");
    await receive(sql, other, "YES");
    assertEquals(await pendingFor(sql, other.id), null);
    await receive(sql, stopped, "YES");
    assertEquals(await pendingFor(sql, stopped.id), null);
    await receive(sql, other, "YES");
    assertEquals(await pendingFor(sql, other.id), 2);
  }));

Deno.test("a text that was adopted makes a reply pending at once; one that is older than a day does not", () =>
  withSql(async (sql) => {
    for (const [age, pending] of [["1 hour", 1], ["25 hours", null]] as const) {
      const parties = { channel: "sms", recruit_phone: newPhone(), twilio_phone: "+15550100000" };
      await receive(sql, parties, "Hello, are you there?");
      await sql`update recruiting_unmatched_messages set received_at = now() - ${age}::interval
        where recruit_phone = ${parties.recruit_phone}`;
      const { id } = await startConversation(parties);
      assertEquals(await pendingFor(sql, id), pending);
      assertEquals(await bodiesOf(sql, id), ["Hello, are you there?"]);
    }
  }));

Deno.test("of 20 workers who claim a turn at once, one gets it", () =>
  withSql(async (sql) => {
    const conversation = await newConversation();
    await receive(sql, conversation, "Hi");
    const turns = await Promise.all(Array.from({ length: 20 }, () => claim(sql, conversation.id)));
    assertEquals(turns.filter(Boolean).length, 1);
  }));

Deno.test("a claim that is repeated because its answer was lost is the same turn", () =>
  withSql(async (sql) => {
    const conversation = await newConversation();
    await receive(sql, conversation, "Hi");
    const first = await claim(sql, conversation.id);
    const second = await claim(sql, conversation.id, 60, first?.token);
    assertEquals(second, first);
    const [{ turn_attempts }] = await sql`
      select turn_attempts from recruiting_conversations where id = ${conversation.id}`;
    assertEquals(turn_attempts, 1);
  }));

Deno.test("a worker that has lost the lease may not send, and the worker that claimed it since may, once", () =>
  withSql(async (sql) => {
    const conversation = await newConversation();
    await receive(sql, conversation, "Hi");
    const frozen = await claim(sql, conversation.id, 0);
    const next = await claim(sql, conversation.id);
    assert(frozen, "the first claim got no turn");
    assert(next, "the second claim got no turn");
    assertEquals(await beginReply(sql, conversation.id, frozen), "lease_lost");
    assertEquals(await beginReply(sql, conversation.id, next), "begun");
    assertEquals(await beginReply(sql, conversation.id, next), "lease_lost");
    assertEquals(await bodiesOf(sql, conversation.id), ["Hi", "A reply"]);
  }));

Deno.test("begin_reply with the same message_id is idempotent", () =>
  withSql(async (sql) => {
    const conversation = await newConversation();
    await receive(sql, conversation, "Hi");
    const turn = await claim(sql, conversation.id);
    assert(turn, "no turn was claimed");
    const messageId = crypto.randomUUID();
    for (let call = 0; call < 2; call++) {
      assertEquals(await beginReply(sql, conversation.id, turn, { messageId }), "begun");
    }
    assertEquals(await bodiesOf(sql, conversation.id), ["Hi", "A reply"]);
  }));

Deno.test("no turn is claimed while a send of the conversation is unconfirmed", () =>
  withSql(async (sql) => {
    const conversation = await newConversation();
    await receive(sql, conversation, "Hi");
    const turn = await claim(sql, conversation.id);
    assert(turn, "no turn was claimed");
    const messageId = crypto.randomUUID();
    await beginReply(sql, conversation.id, turn, { messageId });
    await receive(sql, conversation, "And the pay?");
    assertEquals(await claim(sql, conversation.id), undefined);
    await sql`update recruiting_messages set message_sid = ${newSid()} where id = ${messageId}`;
    assertEquals((await claim(sql, conversation.id))?.seen, 3);
  }));

Deno.test("a reply that may restart is refused for a newer text; one that may not leaves it pending", () =>
  withSql(async (sql) => {
    const conversation = await newConversation();
    await receive(sql, conversation, "Hi");
    const turn = await claim(sql, conversation.id);
    assert(turn, "no turn was claimed");
    await receive(sql, conversation, "And the pay?");
    assertEquals(await beginReply(sql, conversation.id, turn, { mayRestart: true }), "newer_text");
    assertEquals((await claim(sql, conversation.id, 60, turn.token))?.seen, 2);
    assertEquals(await beginReply(sql, conversation.id, turn), "begun");
    assertEquals(await pendingFor(sql, conversation.id), 2);
  }));

Deno.test("HELP in the middle of a turn does not restart it", () =>
  withSql(async (sql) => {
    const conversation = await newConversation();
    await receive(sql, conversation, "Hi");
    const turn = await claim(sql, conversation.id);
    assert(turn, "no turn was claimed");
    await receive(sql, conversation, "HELP");
    assertEquals(await beginReply(sql, conversation.id, turn, { mayRestart: true }), "begun");
    assertEquals(await pendingFor(sql, conversation.id), null);
  }));

for (
  const [label, change] of [
    [
      "escalated",
      (sql, { id }) => sql`select recruiting_escalate_conversation(${id}, 'test')`,
    ],
    [
      "closed",
      (sql, { id }) => sql`update recruiting_conversations set status = 'closed' where id = ${id}`,
    ],
    ["opted out", (sql, conversation) => optOut(sql, conversation)],
    [
      "opted out on another number",
      (sql, { recruit_phone }) =>
        receive(
          sql,
          { channel: "sms", recruit_phone, twilio_phone: "+15550100005" },
          "please stop texting me",
        ),
    ],
    ["given to an agent", async (sql, { id }) => {
      const { id: agent } = await asNewAgent();
      await sql`select recruiting_assign_conversation(${id}, ${agent})`;
    }],
    ["escalated and handed back", async (sql, { id }) => {
      await sql`select recruiting_escalate_conversation(${id}, 'test')`;
      await sql`update recruiting_conversations set status = 'bot' where id = ${id}`;
    }],
  ] as [
    string,
    (sql: postgres.Sql, conversation: Parties) => Promise<unknown>,
  ][]
) {
  Deno.test(`${label} in the middle of a turn: its reply may not be sent, and none is pending`, () =>
    withSql(async (sql) => {
      const conversation = await newConversation();
      await receive(sql, conversation, "Hi");
      const turn = await claim(sql, conversation.id);
      assert(turn, "no turn was claimed");
      await change(sql, conversation);
      assertEquals(await beginReply(sql, conversation.id, turn), "lease_lost");
      assertEquals(await pendingFor(sql, conversation.id), null);
      assertEquals(await claim(sql, conversation.id), undefined);
      assertEquals(await bodiesOf(sql, conversation.id), ["Hi"]);
    }));
}

Deno.test("an agent who was assigned beforehand does not keep the bot from answering", () =>
  withSql(async (sql) => {
    const { id: assigned_agent_id } = await asNewAgent();
    const conversation = await newConversation({ assigned_agent_id });
    await receive(sql, conversation, "Hi");
    assert(await claim(sql, conversation.id), "no turn was claimed");
  }));

Deno.test("an agent who hands a conversation back leaves the bot its turn", () =>
  withSql(async (sql) => {
    const agent = await asNewAgent();
    const conversation = await newConversation({ assigned_agent_id: agent.id });
    await receive(sql, conversation, "Hi");
    await asServiceRole().from("recruiting_agents").delete().eq("user_id", agent.id);
    assert(await claim(sql, conversation.id), "no turn was claimed");
  }));

Deno.test("what a text means is judged once: an opt-out that was adopted is not honoured again, and makes no reply pending", () =>
  withSql(async (sql) => {
    const parties = { channel: "sms", recruit_phone: newPhone(), twilio_phone: "+15550100000" };
    await receive(sql, parties, "please don't text me again");
    const [optedOut] = await sql`
      delete from recruiting_opt_outs where recruit_phone = ${parties.recruit_phone} returning reason`;
    assertEquals(optedOut.reason, "wording");
    const { id } = await startConversation(parties);
    assertEquals(await pendingFor(sql, id), null);
    const [{ opted_out_at }] =
      await sql`select opted_out_at from recruiting_conversations where id = ${id}`;
    assertEquals(opted_out_at, null);
  }));

Deno.test("a text that may mean stop hands the conversation off, and nothing is sent", () =>
  withSql(async (sql) => {
    const conversation = await newConversation();
    const { conversation_status, reply_due_in_ms } = await receive(
      sql,
      conversation,
      "not interested",
    );
    assertEquals([conversation_status, reply_due_in_ms], ["escalated", null]);
    const [{ opted_out_at, escalation_reason }] = await sql`
      select opted_out_at, escalation_reason from recruiting_conversations where id = ${conversation.id}`;
    assertEquals(opted_out_at, null);
    assertEquals(escalation_reason, "The recruit may be asking not to be texted");
    assertEquals(await bodiesOf(sql, conversation.id), ["not interested"]);
  }));

Deno.test("the 11th reply since an agent wrote, or the status changed, is a person's", () =>
  withSql(async (sql) => {
    const conversation = await newConversation();
    const write = (sender: string) =>
      sql`insert into recruiting_messages (conversation_id, direction, sender_type, body, status, created_at)
        values (${conversation.id}, 'outbound', ${sender}, 'x', 'sent', now() - interval '1 hour')`;
    const reason = async () => {
      await receive(sql, conversation, "Hi");
      const turn = await claim(sql, conversation.id, 0);
      return turn?.reason_to_escalate;
    };
    for (let replies = 0; replies < 9; replies++) await write("bot");
    assertEquals(await reason(), null);
    await write("bot");
    assertEquals(await reason(), "The bot has sent 10 replies since an agent last wrote");
    await write("agent");
    assertEquals(await reason(), null);
    for (let replies = 0; replies < 10; replies++) await write("bot");
    assertEquals(await reason(), "The bot has sent 10 replies since an agent last wrote");
    await sql`select recruiting_escalate_conversation(${conversation.id}, 'test')`;
    await sql`update recruiting_conversations set status = 'bot' where id = ${conversation.id}`;
    assertEquals(await reason(), null);
  }));

Deno.test("the 6th reply within a minute is a person's", () =>
  withSql(async (sql) => {
    const conversation = await newConversation();
    const answer = async () => {
      await receive(sql, conversation, "Hi");
      const turn = await claim(sql, conversation.id);
      assert(turn, "no turn was claimed");
      if (turn.reason_to_escalate) return turn.reason_to_escalate;
      const messageId = crypto.randomUUID();
      await beginReply(sql, conversation.id, turn, { messageId });
      await sql`update recruiting_messages set message_sid = ${newSid()} where id = ${messageId}`;
    };
    for (let replies = 0; replies < 5; replies++) assertEquals(await answer(), undefined);
    assertEquals(await answer(), "The bot has sent 5 replies within a minute");
  }));

Deno.test("a turn that never gets to its end is a person's after five tries", () =>
  withSql(async (sql) => {
    const conversation = await newConversation();
    await receive(sql, conversation, "Hi");
    for (let tries = 0; tries < 5; tries++) {
      assertEquals((await claim(sql, conversation.id, 0))?.reason_to_escalate, null);
    }
    assertEquals(
      (await claim(sql, conversation.id, 0))?.reason_to_escalate,
      "The bot failed to finish a reply in five turns",
    );
  }));

Deno.test("a recruit who always writes one more text does not make the bot look stuck", () =>
  withSql(async (sql) => {
    const conversation = await newConversation();
    await receive(sql, conversation, "Hi");
    for (let replies = 0; replies < 7; replies++) {
      const turn = await claim(sql, conversation.id);
      assert(turn, "no turn was claimed");
      assertEquals(turn.reason_to_escalate, null);
      await receive(sql, conversation, "and another thing");
      const messageId = crypto.randomUUID();
      await beginReply(sql, conversation.id, turn, { messageId });
      await sql`select recruiting_record_send(message_id => ${messageId}, begun_at => now(),
        message_sid => ${newSid()}, twilio_status => 'queued')`;
      await sql`update recruiting_messages set created_at = now() - interval '1 hour'
        where id = ${messageId}`;
    }
  }));

Deno.test("the model sees the last 30 messages, and of media only their types; not what failed", () =>
  withSql(async (sql) => {
    const conversation = await newConversation();
    for (let text = 1; text <= 31; text++) await receive(sql, conversation, `text ${text}`);
    await sql`insert into recruiting_messages (conversation_id, direction, sender_type, body, status)
      values (${conversation.id}, 'outbound', 'agent', 'failed', 'failed')`;
    await sql`insert into recruiting_messages (conversation_id, direction, sender_type, status, media)
      values (${conversation.id}, 'inbound', 'recruit', 'received',
        '[{"url": "https://example.com/a", "content_type": "image/png"}]')`;
    const turn = await claim(sql, conversation.id);
    assertEquals(turn?.history.length, 30);
    assertEquals(turn?.history[0].body, "text 3");
    assertEquals(turn?.history.at(-1), {
      sender_type: "recruit",
      body: "",
      content_types: ["image/png"],
      metadata: null,
    });
  }));

Deno.test("of metadata the model's history has a location and a button, and nothing else", () =>
  withSql(async (sql) => {
    const conversation = await newConversation();
    const place = {
      Label: "Depot",
      Address: "1 Example St",
      Latitude: "39.7",
      Longitude: "-104.9",
    };
    const button = { ButtonText: "Yes", ButtonPayload: "yes" };
    const others = { ProfileName: "Ada", WaId: "15550100001", Forwarded: "true" };
    for (const metadata of [{ ...place, ...others }, button, others, null]) {
      await sql`insert into recruiting_messages
          (conversation_id, direction, sender_type, status, metadata)
        values (${conversation.id}, 'inbound', 'recruit', 'received', ${
        metadata && sql.json(metadata)
      })`;
    }
    await receive(sql, conversation, "Hi");
    const turn = await claim(sql, conversation.id);
    assertEquals(turn?.history.map(({ metadata }) => metadata), [place, button, null, null, null]);
  }));

Deno.test("every text says whether a turn or a send is due elsewhere that no worker holds", () =>
  withSql(async (sql) => {
    await forgetDueWork(sql);
    const overdue = await newConversation();
    await receive(sql, overdue, "Hi");
    const isWorkDue = async (parties = { recruit_phone: newPhone(), twilio_phone: newPhone() }) =>
      (await receive(sql, { channel: "sms", ...parties }, "Hi", { wait: 60 })).work_is_due;
    assertEquals(await isWorkDue(), false);
    const setDue = (ago: string) =>
      sql`update recruiting_conversations set reply_due_at = now() - ${ago}::interval
        where id = ${overdue.id}`;
    await setDue("4 seconds");
    assertEquals(await isWorkDue(), false);
    await setDue("6 seconds");
    assertEquals(await isWorkDue(), true);
    const turn = await claim(sql, overdue.id);
    assert(turn, "no turn was claimed");
    assertEquals(await isWorkDue(), false);

    const messageId = crypto.randomUUID();
    await beginReply(sql, overdue.id, turn, { messageId });
    assertEquals(await isWorkDue(), false);
    await sql`update recruiting_messages set confirm_due_at = now() where id = ${messageId}`;
    assertEquals(await isWorkDue(), true);
    await sql`select recruiting_claim_send(${messageId}, gen_random_uuid(), 60)`;
    assertEquals(await isWorkDue(), false);
    await sql`update recruiting_messages set message_sid = ${newSid()} where id = ${messageId}`;
  }));

Deno.test("outside WhatsApp's 24 hours a turn is a person's, and nothing may be sent", () =>
  withSql(async (sql) => {
    const conversation = await newConversation({
      channel: "whatsapp",
      twilio_phone: "+15550100009",
    });
    await receive(sql, conversation, "Hi");
    const turn = await claim(sql, conversation.id);
    assert(turn, "no turn was claimed");
    assertEquals(turn.reason_to_escalate, null);
    await sql`update recruiting_messages set created_at = now() - interval '25 hours'
      where conversation_id = ${conversation.id}`;
    assertEquals(await beginReply(sql, conversation.id, turn), "outside_window");
    const again = await claim(sql, conversation.id, 60, turn.token);
    assertEquals(again?.reason_to_escalate, "Outside WhatsApp's 24-hour window");
    const [escalated] = await sql`
      select * from recruiting_escalate_turn(conversation_id => ${conversation.id},
        turn_token => ${turn.token}, message_id => ${crypto.randomUUID()}, reason => 'test')`;
    assertEquals([escalated.outcome, escalated.body], ["escalated", null]);
  }));

Deno.test("escalating a turn begins the hand-off text in the same transaction, once", () =>
  withSql(async (sql) => {
    const address = newPhone();
    await sql`insert into recruiting_senders (address, handover_text) values (${address}, 'Bye')`;
    const conversation = await newConversation({ twilio_phone: address });
    await receive(sql, conversation, "Hi");
    const turn = await claim(sql, conversation.id);
    const messageId = crypto.randomUUID();
    for (let call = 0; call < 2; call++) {
      const [{ outcome, body }] = await sql`
        select * from recruiting_escalate_turn(conversation_id => ${conversation.id}, turn_token => ${
        turn?.token ?? null
      },
          message_id => ${messageId}, reason => 'test')`;
      assertEquals([outcome, body], ["escalated", "Bye"]);
    }
    assertEquals(await bodiesOf(sql, conversation.id), ["Hi", "Bye"]);
    const [late] = await sql`
      select * from recruiting_escalate_turn(conversation_id => ${conversation.id}, turn_token => ${
      turn?.token ?? null
    },
        message_id => ${crypto.randomUUID()}, reason => 'another')`;
    assertEquals([late.outcome, late.body], ["lease_lost", null]);
  }));
