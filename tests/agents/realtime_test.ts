import type { SupabaseClient } from "@supabase/supabase-js";
import { SignJWT } from "jose";
import { JWT_SECRET } from "../../local/settings/keys.ts";
import type postgres from "postgres";
import { agentTopic, UNASSIGNED_TOPIC } from "../../client/events.ts";
import { assertEquals, assertMatch } from "../support/assert.ts";
import { bodiesOf, outboundMessage, startConversation } from "../support/conversations.ts";
import { withOwnDatabase } from "../support/own_database.ts";
import { beginConversation, insertAgent } from "../support/own_rows.ts";
import { assertPayload, clientWithToken, listen, type Listener } from "../support/realtime.ts";
import {
  ADMIN_DATABASE_URL,
  asAnon,
  asNewAgent,
  asNewUser,
  asServiceRole,
  logLines,
  tokenOf,
  withSql,
} from "../support/stack.ts";
import { receiveText } from "../support/receive_text.ts";
import { inboundForm, newPhone, newSid, postForStatus, statusForm } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

/** An agent who listens to their own topic. */
async function withListeningAgent(
  use: (agent: { client: SupabaseClient; id: string }, listener: Listener) => Promise<void>,
) {
  const agent = await asNewAgent();
  const listener = await listen(agent.client, agentTopic(agent.id));
  assertEquals(listener.statuses, ["SUBSCRIBED"]);
  try {
    await use(agent, listener);
  } finally {
    await listener.stop();
  }
}

function text(conversation: { recruit_phone: string; twilio_phone: string }, body: string) {
  return postForStatus(
    "sms-inbound",
    inboundForm({ From: conversation.recruit_phone, To: conversation.twilio_phone, Body: body }),
  );
}

function update(client: SupabaseClient, id: string, change: Record<string, unknown>) {
  return client.from("recruiting_conversations").update(change).eq("id", id).select().single();
}

Deno.test("the assigned agent hears a recruit's text, and everything in it", () =>
  withListeningAgent(async (agent, listener) => {
    const conversation = await startConversation({
      assigned_agent_id: agent.id,
      status: "escalated",
    });
    assertEquals(await listener.events(1), ["conversation_escalated"]);
    assertEquals(await text(conversation, "I need a person"), "received");
    assertEquals(await listener.events(2), ["conversation_escalated", "message_received"]);
    listener.heard.forEach(assertPayload);
    const { payload } = listener.heard[1];
    assertEquals([payload.conversation_id, payload.body, payload.recruit_phone, payload.status], [
      conversation.id,
      "I need a person",
      conversation.recruit_phone,
      "received",
    ]);
  }));

Deno.test("texts are heard in their order, each once, however often Twilio repeats them", () =>
  withListeningAgent(async (agent, listener) => {
    const conversation = await startConversation({ assigned_agent_id: agent.id, status: "closed" });
    for (let number = 0; number < 10; number++) await text(conversation, `${number}`);
    const repeated = inboundForm({ From: conversation.recruit_phone, Body: "repeated" });
    await Promise.all(Array.from({ length: 10 }, () => postForStatus("sms-inbound", repeated)));
    await text(conversation, "last");
    await listener.events(12);
    const bodies = listener.heard.map(({ payload }) => payload.body);
    assertEquals(bodies, [..."0123456789", "repeated", "last"]);
  }));

Deno.test("a bot's conversation broadcasts no texts and no callbacks", () =>
  withListeningAgent(async (agent, listener) => {
    const conversation = await startConversation({ assigned_agent_id: agent.id, status: "bot" });
    await text(conversation, "for the bot");
    const sid = newSid();
    await withSql(async (sql) => void await outboundMessage(sql, conversation.id, sid));
    await postForStatus("sms-status", statusForm(sid, "sent"));
    await update(agent.client, conversation.id, { status: "closed" });
    assertEquals(await listener.events(1), ["conversation_updated"]);
  }));

Deno.test("each change of a message's status is heard once, and none when the row is written", () =>
  withListeningAgent(async (agent, listener) => {
    const conversation = await startConversation({ assigned_agent_id: agent.id, status: "closed" });
    const sid = newSid();
    await withSql(async (sql) => void await outboundMessage(sql, conversation.id, sid));
    for (const status of ["queued", "sent", "sent", "undelivered", "delivered"]) {
      await postForStatus("sms-status", statusForm(sid, status, { ErrorCode: "30003" }));
    }
    await text(conversation, "done");
    assertEquals(await listener.events(3), [
      "message_status_changed",
      "message_status_changed",
      "message_received",
    ]);
    listener.heard.forEach(assertPayload);
    assertEquals(
      listener.heard.map(({ payload }) => [payload.status, payload.error_code]).slice(0, 2),
      [
        ["sent", null],
        ["failed", "30003"],
      ],
    );
  }));

Deno.test("what is rolled back is never heard", () =>
  withListeningAgent(async (agent, listener) => {
    const { id } = await startConversation({ assigned_agent_id: agent.id, status: "closed" });
    await withSql(async (sql) => {
      await sql.begin(async (sql) => {
        await sql`update recruiting_conversations set status = 'bot' where id = ${id}`;
        throw new Error("rolled back");
      }).catch(() => {});
      await sql`update recruiting_conversations set status = 'escalated' where id = ${id}`;
    });
    await listener.events(1);
    assertEquals(listener.heard.map(({ payload }) => payload.status), ["escalated"]);
  }));

for (
  const [who, join] of [
    ["another agent", async (topic: string) => await listen((await asNewAgent()).client, topic)],
    [
      "a signed-in stranger",
      async (topic: string) => await listen((await asNewUser()).client, topic),
    ],
    ["a visitor who has not signed in", async (topic: string) => await listen(asAnon(), topic)],
    ["an agent who was removed", async (topic: string) => {
      const { client, id } = await asNewAgent();
      await asServiceRole().from("recruiting_agents").delete().eq("user_id", id);
      return await listen(client, topic);
    }],
    ["the agent with an expired token", async (topic: string) => {
      const id = topic.split(":")[1];
      return await listen(clientWithToken(() => tokenOf(id, -60)), topic);
    }],
  ] as const
) {
  Deno.test(`${who} is refused an agent's topic`, async () => {
    const { id } = await asNewAgent();
    const listener = await join(agentTopic(id));
    await listener.stop();
    assertMatch(
      listener.statuses[0],
      /^CHANNEL_ERROR (Unauthorized: You do not|InvalidJWTToken: Token has expired)/,
    );
  });
}

Deno.test("a role that does not exist is refused, and a topic is data, never SQL", async () => {
  const { id } = await asNewAgent();
  const stranger = new SignJWT({ role: "no such role", sub: id }).setProtectedHeader({
    alg: "HS256",
  })
    .setExpirationTime("1h").sign(new TextEncoder().encode(JWT_SECRET));
  const refused = await listen(clientWithToken(() => stranger), agentTopic(id));
  await refused.stop();
  assertMatch(refused.statuses[0], /^CHANNEL_ERROR Unauthorized/);
  const injected = await listen(clientWithToken(() => tokenOf(id)), `${agentTopic(id)}' or '1'='1`);
  await injected.stop();
  assertMatch(injected.statuses[0], /^CHANNEL_ERROR Unauthorized/);
});

Deno.test("what is adopted after a day is kept without an alarm", () =>
  withListeningAgent(async (agent, listener) => {
    const From = inboundForm().From as string;
    for (const Body of ["yesterday", "today"]) {
      await postForStatus("sms-inbound", inboundForm({ From, Body }));
    }
    await withSql(async (sql) => {
      await sql`update recruiting_unmatched_messages set received_at = now() - interval '25 hours'
        where recruit_phone = ${From} and body = 'yesterday'`;
      const { id } = await startConversation({
        recruit_phone: From,
        status: "escalated",
        assigned_agent_id: agent.id,
      });
      assertEquals(await bodiesOf(sql, id), ["yesterday", "today"]);
    });
    assertEquals(await listener.events(2), ["conversation_escalated", "message_received"]);
    assertEquals(listener.heard[1].payload.body, "today");
  }));

Deno.test("only agents hear of unassigned conversations", async () => {
  for (const { client } of [await asNewUser(), { client: asAnon() }]) {
    const refused = await listen(client, UNASSIGNED_TOPIC);
    await refused.stop();
    assertMatch(refused.statuses[0], /^CHANNEL_ERROR Unauthorized/);
  }
  const agent = await asNewAgent();
  const listener = await listen(agent.client, UNASSIGNED_TOPIC);
  const conversation = await startConversation({ status: "escalated" });
  await text(conversation, "hello?");
  const about = () =>
    listener.heard.filter(({ payload }) => payload.conversation_id === conversation.id);
  await until(() => about().length >= 2, "two events");
  await listener.stop();
  assertEquals(about().map(({ event }) => event), ["conversation_escalated", "message_received"]);
  about().forEach(assertPayload);
});

Deno.test("a client cannot broadcast to an agent's topic", () =>
  withListeningAgent(async (agent, listener) => {
    const channel = agent.client.channel(agentTopic(agent.id), { config: { private: true } });
    await channel.send({
      type: "broadcast",
      event: "message_received",
      payload: { body: "forged" },
    });
    const { id } = await startConversation({ assigned_agent_id: agent.id });
    await update(agent.client, id, { status: "closed" });
    assertEquals(await listener.events(1), ["conversation_updated"]);
  }));

Deno.test("a public join of a private topic hears nothing", async () => {
  const agent = await asNewAgent();
  const heard: unknown[] = [];
  const client = asAnon();
  const statuses: string[] = [];
  client.channel(agentTopic(agent.id)).on(
    "broadcast",
    { event: "*" },
    (message) => heard.push(message),
  )
    .subscribe((status) => statuses.push(status));
  await until(() => statuses.length > 0, "the join");
  assertEquals(statuses, ["SUBSCRIBED"]);
  const listener = await listen(agent.client, agentTopic(agent.id));
  await startConversation({ assigned_agent_id: agent.id, status: "escalated" });
  await listener.events(1);
  await listener.stop();
  await client.removeAllChannels();
  assertEquals(heard, []);
});

Deno.test("a fresh token keeps the channel; an agent who was removed loses it with the next one", async () => {
  const { id } = await asNewAgent();
  const client = clientWithToken(() => tokenOf(id));
  const listener = await listen(client, agentTopic(id));
  await client.realtime.setAuth();
  await startConversation({ assigned_agent_id: id, status: "escalated" });
  assertEquals(await listener.events(1), ["conversation_escalated"]);

  await asServiceRole().from("recruiting_agents").delete().eq("user_id", id);
  await client.realtime.setAuth();
  await until(() => listener.statuses.includes("CLOSED"), "the channel to close");
  await listener.stop();
});

/** Who hears what when a conversation changes hands. */
Deno.test("take, release, hand back, close and pass on tell exactly those they should", async () => {
  const [one, two] = [await asNewAgent(), await asNewAgent()];
  const listeners = {
    one: await listen(one.client, agentTopic(one.id)),
    two: await listen(two.client, agentTopic(two.id)),
    unassigned: await listen((await asNewAgent()).client, UNASSIGNED_TOPIC),
  };
  const { id } = await startConversation({ status: "bot" });
  const told: [step: string, who: string[]][] = [];
  const heardOf = (listener: Listener) =>
    listener.heard.filter(({ payload }) => payload.conversation_id === id);
  const assign = (agent_id: string | null) =>
    asServiceRole().rpc("recruiting_assign_conversation", {
      conversation_id: id,
      agent_id: agent_id as string,
    });

  const steps: [string, () => PromiseLike<{ error: unknown }>, (keyof typeof listeners)[]][] = [
    [
      "take over",
      () => update(one.client, id, { status: "escalated", assigned_agent_id: one.id }),
      ["one", "unassigned"],
    ],
    [
      "the same again",
      () => update(one.client, id, { status: "escalated", assigned_agent_id: one.id }),
      [],
    ],
    ["pass on", () => assign(two.id), ["one", "two"]],
    ["pass on to the same", () => assign(two.id), []],
    ["close", () => update(two.client, id, { status: "closed" }), ["two"]],
    ["reopen", () => update(two.client, id, { status: "escalated" }), ["two"]],
    ["release", () => update(two.client, id, { assigned_agent_id: null }), ["two", "unassigned"]],
    ["take", () => update(two.client, id, { assigned_agent_id: two.id }), ["unassigned", "two"]],
    ["hand back", () => update(two.client, id, { status: "bot", assigned_agent_id: null }), [
      "two",
      "unassigned",
    ]],
  ];
  const counts = { one: 0, two: 0, unassigned: 0 };
  for (const [step, change, expected] of steps) {
    const { error } = await change();
    assertEquals(error, null, step);
    for (const name of expected) counts[name]++;
    for (const [name, listener] of Object.entries(listeners)) {
      const count = counts[name as keyof typeof counts];
      await until(() => heardOf(listener).length >= count, `${name} to hear of "${step}"`);
      assertEquals(heardOf(listener).length, count, `${name} after "${step}"`);
    }
    told.push([step, expected]);
  }
  for (const listener of Object.values(listeners)) {
    heardOf(listener).forEach(assertPayload);
    assertEquals(
      new Set(heardOf(listener).map(({ event }) => event)),
      new Set(["conversation_updated"]),
    );
    await listener.stop();
  }
  assertEquals(told.length, steps.length);
});

Deno.test("an unassigned conversation that is closed is heard by the agents", async () => {
  const agent = await asNewAgent();
  const { id } = await startConversation({ status: "escalated" });
  const listener = await listen(agent.client, UNASSIGNED_TOPIC);
  await update(agent.client, id, { status: "closed" });
  await until(
    () => listener.heard.some(({ payload }) => payload.conversation_id === id),
    "the others to hear",
  );
  await listener.stop();
});

Deno.test("removing an agent gives their conversations back and tells the others", async () => {
  const agent = await asNewAgent();
  const { id } = await startConversation({ assigned_agent_id: agent.id, status: "escalated" });
  const listener = await listen((await asNewAgent()).client, UNASSIGNED_TOPIC);
  await asServiceRole().from("recruiting_agents").delete().eq("user_id", agent.id);
  await until(
    () => listener.heard.some(({ payload }) => payload.conversation_id === id),
    "the others to hear",
  );
  await listener.stop();
});

Deno.test("a text whose payload would be too large is told without its content", () =>
  withListeningAgent(async (agent, listener) => {
    const conversation = await startConversation({ assigned_agent_id: agent.id, status: "closed" });
    const body = "\x01".repeat(60_000 / 3);
    assertEquals(await text(conversation, body.repeat(1)), "received");
    await withSql(async (sql) => {
      await sql`insert into recruiting_messages (conversation_id, direction, sender_type, body, status, message_sid)
        values (${conversation.id}, 'inbound', 'recruit', ${
        "\x01".repeat(60_000)
      }, 'received', ${newSid()})`;
    });
    assertEquals(await listener.events(2), ["message_received", "message_received"]);
    listener.heard.forEach(assertPayload);
    assertEquals(listener.heard[0].payload.body, body);
    assertEquals(listener.heard[1].payload.truncated, true);
  }));

Deno.test("without a partition a text is kept all the same, with a warning, and with one again it is broadcast", () =>
  withOwnDatabase(async (sql, admin) => {
    const conversation = await beginConversation(sql, {
      status: "closed",
      assigned_agent_id: await insertAgent(sql),
    });
    const [{ partition }] = await admin`
      select to_regclass('realtime.messages_' || to_char(current_date, 'YYYY_MM_DD'))::text as partition`;
    if (partition) await admin.unsafe(`drop table ${partition}`);
    const missed = await receiveText(sql, conversation, "no partition");
    assertEquals([missed.outcome, missed.warnings], ["received", ["broadcast_missed"]]);
    await admin`select realtime.make_partitions()`;
    const heard = await receiveText(sql, conversation, "with one");
    assertEquals([heard.outcome, heard.warnings], ["received", []]);
    assertEquals(await bodiesOf(sql, conversation.id), ["no partition", "with one"]);
    const broadcasts = await admin`select event, payload ->> 'body' as body from realtime.messages
      where payload ->> 'conversation_id' = ${conversation.id} and event = 'message_received'`;
    assertEquals(broadcasts.map(({ body }) => body), ["with one"]);
  }));

Deno.test("a broadcast that would have to wait for a lock holds up no text, and the miss is logged as an error", () =>
  withSql(async (sql) => {
    const conversation = await startConversation({ status: "closed" });
    const form = inboundForm({ From: conversation.recruit_phone, Body: "not held up" });
    const holder = await sql.reserve();
    await holder`begin`;
    await holder`lock table realtime.messages in access exclusive mode`;
    try {
      assertEquals(await postForStatus("sms-inbound", form), "received");
    } finally {
      await holder`rollback`;
      holder.release();
    }
    assertEquals(await bodiesOf(sql, conversation.id), ["not held up"]);
    const missed = await until(
      async () =>
        (await logLines(String(form.MessageSid))).map((line) => JSON.parse(line))
          .find(({ event }) => event === "broadcast_missed"),
      "the log",
    );
    assertEquals(missed.level, "error");
  }, ADMIN_DATABASE_URL));

Deno.test("while a callback is under way a conversation does not change hands", () =>
  withSql(async (sql) => {
    const agent = await asNewAgent();
    const { id } = await startConversation({ status: "bot" });
    const sid = newSid();
    await outboundMessage(sql, id, sid);
    const callback = await sql.reserve();
    try {
      await callback`begin`;
      const [{ pid }] = await callback`select pg_backend_pid() as pid`;
      await callback`select recruiting_record_message_status(${sid}, 'delivered', 'sms')`;
      const assigning = sql`select recruiting_assign_conversation(${id}, ${agent.id})`.execute();
      await until(async () => {
        const waiting = await sql`
          select from pg_stat_activity where ${pid}::int = any (pg_blocking_pids(pid))`;
        return waiting.length > 0;
      }, "the assignment to wait for the callback");
      assertEquals(await assignedAgentOf(sql, id), null);
      await callback`commit`;
      await assigning;
    } finally {
      await callback`rollback`;
      callback.release();
    }
    assertEquals(await assignedAgentOf(sql, id), agent.id);
  }));

async function assignedAgentOf(sql: postgres.Sql, id: string): Promise<string | null> {
  const [row] = await sql`select assigned_agent_id from recruiting_conversations where id = ${id}`;
  return row.assigned_agent_id;
}

async function cutReplication(sql: postgres.Sql) {
  const cut = await sql`select pg_terminate_backend(active_pid) from pg_replication_slots
    where slot_name like 'supabase_realtime%' and active_pid is not null`;
  assertEquals(cut.length, 1);
}

Deno.test("after the replication connection is cut, clients stay subscribed and hear again", () =>
  withListeningAgent(async (agent, listener) => {
    const conversation = await startConversation({ assigned_agent_id: agent.id, status: "closed" });
    await withSql(cutReplication, ADMIN_DATABASE_URL);
    let sent = 0;
    await until(async () => {
      assertEquals(await text(conversation, `${++sent}`), "received");
      return listener.heard.length > 0;
    }, "a text to be heard again");
    await withSql(async (sql) => assertEquals((await bodiesOf(sql, conversation.id)).length, sent));
    assertEquals(listener.statuses, ["SUBSCRIBED"]);
  }));

Deno.test("each of 60 subscribers at once hears of their own conversation and of no other", () =>
  withSql(async (sql) => {
    const ids = Array.from({ length: 60 }, () => crypto.randomUUID());
    const twilioPhone = newPhone();
    const listeners: Listener[] = [];
    try {
      await sql`insert into auth.users (id, email)
        select id, id || '@example.com' from unnest(${ids}::uuid[]) as id`;
      await sql`insert into recruiting_agents (user_id, display_name, is_available)
        select id, 'One of many', false from unnest(${ids}::uuid[]) as id`;
      const listening = await Promise.allSettled(ids.map(async (id, index) => {
        listeners[index] = await listen(clientWithToken(() => tokenOf(id)), agentTopic(id));
      }));
      assertEquals(listening.filter(({ status }) => status === "rejected"), []);
      assertEquals(new Set(listeners.flatMap(({ statuses }) => statuses)), new Set(["SUBSCRIBED"]));
      await sql`insert into recruiting_conversations (recruit_phone, twilio_phone, status, assigned_agent_id)
        select '+1555' || lpad((1000000000 + n)::text, 10, '0'), ${twilioPhone}, 'escalated', id
        from unnest(${ids}::uuid[]) with ordinality as agent (id, n)`;
      await Promise.all(listeners.map((listener) => listener.events(1)));
      for (const [index, { heard }] of listeners.entries()) {
        assertEquals(heard.map(({ payload }) => payload.assigned_agent_id), [ids[index]]);
      }
    } finally {
      await sql`delete from recruiting_conversations where twilio_phone = ${twilioPhone}`;
      await sql`delete from auth.users where id in ${sql(ids)}`;
      await Promise.all(listeners.map((listener) => listener?.stop()));
    }
  }));
