import { fileURLToPath } from "node:url";
import { EdgeFunction } from "../../local/functions/edge_function.ts";
import { SECRET_KEY } from "../../local/settings/keys.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { sentTo, withBot } from "../support/bot.ts";
import { bodiesOf, startConversation } from "../support/conversations.ts";
import { callAsPlatform, stackEnvironment } from "../support/function_worker.ts";
import { type Input, invoke, QUICK, withAgent, withWorker } from "../support/sms_send.ts";
import {
  API_URL,
  asAnon,
  asNewAgent,
  asNewUser,
  asServiceRole,
  logLines,
  tokenOf,
  withSql,
} from "../support/stack.ts";
import { magicPhone, newPhone } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

Deno.test("an agent's reply goes out by SMS, is theirs, and comes to be delivered", () =>
  withSql((sql) =>
    withAgent(async ({ client, id }, conversation) => {
      const { status, message_id, message_status } = await invoke(client, {
        conversation_id: conversation.id,
        body: "Hello from a person",
        media_urls: ["https://example.com/map.png"],
      });
      assertEquals(status, 200);
      assert(
        ["queued", "sent", "delivered"].includes(message_status!),
        `message status ${message_status}`,
      );
      const row = await until(async () => {
        const { data } = await client.from("recruiting_messages").select().eq("id", message_id!);
        return data?.[0]?.status === "delivered" && data[0];
      }, "the delivery");
      assertEquals([row.sender_type, row.agent_id, row.body], [
        "agent",
        id,
        "Hello from a person",
      ]);
      assertEquals(row.media, [{ url: "https://example.com/map.png", content_type: null }]);
      const [message, ...more] = await sentTo(conversation.recruit_phone);
      assertEquals([message.sid, message.from, more.length], [
        row.message_sid,
        conversation.twilio_phone,
        0,
      ]);
      assertEquals(await bodiesOf(sql, conversation.id), ["Hello from a person"]);
    })
  ));

Deno.test("an agent's text goes out as it was written", () =>
  withAgent(async ({ client }, conversation) => {
    const body = "**Bring** your ID – it’s “needed”… [Map](https://example.com/map_1)";
    const { status } = await invoke(client, { conversation_id: conversation.id, body });
    assertEquals(status, 200);
    assertEquals((await sentTo(conversation.recruit_phone)).map((sent) => sent.body), [body]);
  }));

for (
  const [label, input, code] of [
    ["neither body nor media", {}, "INVALID"],
    ["a body of white space", { body: "  \n" }, "INVALID"],
    ["1601 characters", { body: "x".repeat(1601) }, "INVALID"],
    ["a medium that is no URL", { media_urls: ["picture.png"] }, "INVALID"],
    ["a medium that is no web address", { media_urls: ["file:///etc/passwd"] }, "INVALID"],
    ["11 media", { media_urls: Array(11).fill("https://example.com/a") }, "INVALID"],
    ["no idempotency_key", { body: "Hi", idempotency_key: undefined }, "INVALID"],
    ["an empty idempotency_key", { body: "Hi", idempotency_key: "" }, "INVALID"],
    ["a conversation that is no uuid", { body: "Hi", conversation_id: "1" }, "INVALID"],
    ["NUL in the idempotency_key", { body: "Hi", idempotency_key: "a\0b" }, "INVALID"],
    ["half a surrogate pair in it", { body: "Hi", idempotency_key: "a\ud800" }, "INVALID"],
    ["NUL in a medium", { media_urls: ["https://example.com/a\0b"] }, "INVALID"],
    ["a field that is not known", { body: "Hi", from: "+15550100000" }, "INVALID"],
    ["another agent's name", { body: "Hi", agent_id: crypto.randomUUID() }, "INVALID"],
  ] as [string, Input, string][]
) {
  Deno.test(`${label} is answered 422, and nothing is sent`, () =>
    withAgent(async ({ client }, conversation) => {
      const answer = await invoke(client, { conversation_id: conversation.id, ...input });
      assertEquals(answer, { status: 422, code });
      assertEquals(await sentTo(conversation.recruit_phone), []);
    }));
}

Deno.test("1600 characters, and a body beside a medium that is empty, are fine", () =>
  withAgent(async ({ client }, { id: conversation_id }) => {
    assertEquals((await invoke(client, { conversation_id, body: "x".repeat(1600) })).status, 200);
    const media_urls = ["https://example.com/a"];
    assertEquals((await invoke(client, { conversation_id, media_urls })).status, 200);
  }));

Deno.test("what is no JSON, too large or no POST is refused by name", async () => {
  const { token } = await asNewAgent();
  const call = async (init: RequestInit) => {
    const response = await fetch(`${API_URL}/functions/v1/sms-send`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}` },
      ...init,
    });
    assertEquals(response.headers.get("access-control-allow-origin"), "*");
    return [response.status, (await response.json()).error.code];
  };
  assertEquals(await call({ body: "{" }), [422, "INVALID"]);
  assertEquals(await call({ body: "[]" }), [422, "INVALID"]);
  assertEquals(await call({ body: "x".repeat(70_000) }), [413, "PAYLOAD_TOO_LARGE"]);
  assertEquals(await call({ method: "GET" }), [405, "METHOD_NOT_ALLOWED"]);
});

Deno.test("a caller without a session, with a forged one, or with the publishable key sends nothing", async () => {
  const { id } = await startConversation();
  const input = { conversation_id: id, body: "Hi" };
  assertEquals(await invoke(asAnon(), input), { status: 401, code: "UNAUTHORIZED" });
  const [agent] = [await asNewAgent()];
  const token = await tokenOf(agent.id);
  const [header, payload, signature] = token.split(".");
  for (
    const forged of [
      `${header}.${payload}.${signature.split("").reverse().join("")}`,
      `${btoa('{"alg":"none","typ":"JWT"}').replaceAll("=", "")}.${payload}.`,
      await tokenOf(agent.id, -60),
      "nonsense",
      "..",
      "bnVsbA.bnVsbA.bnVsbA",
      `${header}.${btoa("\xff\xfe").replaceAll("=", "")}.${signature}`,
    ]
  ) {
    const response = await fetch(`${API_URL}/functions/v1/sms-send`, {
      method: "POST",
      headers: { Authorization: `Bearer ${forged}` },
      body: JSON.stringify({ ...input, idempotency_key: "1" }),
    });
    assertEquals([response.status, (await response.json()).error.code], [401, "UNAUTHORIZED"]);
  }
});

Deno.test("a conversation that the caller cannot read is not there", async () => {
  const [agent, other] = [await asNewAgent(), await asNewAgent()];
  const theirs = await startConversation({ status: "escalated", assigned_agent_id: other.id });
  for (const conversation_id of [theirs.id, crypto.randomUUID()]) {
    assertEquals(await invoke(agent.client, { conversation_id, body: "Hi" }), {
      status: 404,
      code: "NOT_FOUND",
    });
  }
  assertEquals(await sentTo(theirs.recruit_phone), []);
});

Deno.test("a user who is no agent is told so, the same whether the conversation exists or not", async () => {
  const stranger = await asNewUser();
  const free = await startConversation();
  for (const conversation_id of [free.id, crypto.randomUUID()]) {
    assertEquals(await invoke(stranger.client, { conversation_id, body: "Hi" }), {
      status: 403,
      code: "NOT_AN_AGENT",
    });
  }
  assertEquals(await sentTo(free.recruit_phone), []);
});

Deno.test("an agent who was removed sends nothing any more", () =>
  withAgent(async ({ client, id }, { id: conversation_id }) => {
    await asServiceRole().from("recruiting_agents").delete().eq("user_id", id);
    assertEquals(await invoke(client, { conversation_id, body: "Hi" }), {
      status: 403,
      code: "NOT_AN_AGENT",
    });
  }));

Deno.test("to a recruit who has opted out, in a closed conversation and outside WhatsApp's window nothing is sent", () =>
  withSql(async (sql) => {
    const agent = await asNewAgent();
    const assigned = { status: "escalated", assigned_agent_id: agent.id };
    const stopped = await startConversation(assigned);
    await sql`insert into recruiting_opt_outs (recruit_phone, twilio_phone, reason)
      values (${stopped.recruit_phone}, '+15550100000', 'test')`;
    const closed = await startConversation({ ...assigned, status: "closed" });
    const silent = await startConversation({ ...assigned, channel: "whatsapp" });
    for (
      const [conversation, code] of [
        [stopped, "OPTED_OUT"],
        [closed, "CLOSED"],
        [silent, "OUTSIDE_WINDOW"],
      ] as const
    ) {
      const answer = await invoke(agent.client, { conversation_id: conversation.id, body: "Hi" });
      assertEquals(answer, { status: 409, code });
      assertEquals(await bodiesOf(sql, conversation.id), []);
    }
  }));

for (const fields of [{ status: "escalated" }, { status: "bot" }]) {
  Deno.test(`a reply in an unassigned conversation that is ${fields.status} takes it over first`, () =>
    withSql(async (sql) => {
      const agent = await asNewAgent();
      const conversation = await startConversation(fields);
      const answer = await invoke(agent.client, { conversation_id: conversation.id, body: "Hi" });
      assertEquals(answer.status, 200);
      const [row] = await sql`
        select status, assigned_agent_id from recruiting_conversations where id = ${conversation.id}`;
      assertEquals({ ...row }, { status: "escalated", assigned_agent_id: agent.id });
      const [{ count }] = await sql`select count(*)::int from realtime.messages
        where event = 'conversation_updated' and topic = ${`agent:${agent.id}`}
          and payload ->> 'conversation_id' = ${conversation.id}`;
      assertEquals(count, 1);
    }));
}

Deno.test("of two agents who answer one conversation at once, one gets it", async () => {
  const agents = [await asNewAgent(), await asNewAgent()];
  for (let round = 0; round < 5; round++) {
    const conversation = await startConversation({ status: "escalated" });
    const answers = await Promise.all(
      agents.map(({ client }) => invoke(client, { conversation_id: conversation.id, body: "Hi" })),
    );
    assertEquals(answers.filter(({ status }) => status === 200).length, 1);
    assertEquals(
      answers.filter(({ status, code }) => status !== 200 && code !== "TAKEN" && status !== 404),
      [],
    );
    assertEquals((await sentTo(conversation.recruit_phone)).length, 1);
  }
});

Deno.test("an agent who answers while the model thinks stops the bot at once", () =>
  withSql((sql) =>
    withBot({}, async (bot) => {
      const agent = await asNewAgent();
      const conversation = await startConversation();
      const thinking = bot.model.haltBefore("/chat/completions");
      await bot.text(conversation, "Hi");
      await thinking.reached;
      const answer = await invoke(agent.client, {
        conversation_id: conversation.id,
        body: "A person here",
      });
      assertEquals(answer.status, 200);
      thinking.release();
      await until(() => bot.logs.some((line) => line.includes("reply_dropped")), "the log line");
      assertEquals(await bodiesOf(sql, conversation.id), ["Hi", "A person here"]);
      assertEquals((await sentTo(conversation.recruit_phone)).length, 1);
    })
  ));

Deno.test("10 calls with one idempotency_key send one message, and all name it", () =>
  withSql((sql) =>
    withAgent(async ({ client }, conversation) => {
      const input = { conversation_id: conversation.id, body: "Once", idempotency_key: "key" };
      const answers = await Promise.all(Array.from({ length: 10 }, () => invoke(client, input)));
      assertEquals(new Set(answers.map(({ message_id }) => message_id)).size, 1);
      assertEquals(answers.filter(({ status }) => status !== 200 && status !== 202), []);
      assertEquals(await bodiesOf(sql, conversation.id), ["Once"]);
      assertEquals((await sentTo(conversation.recruit_phone)).length, 1);

      assertEquals((await invoke(client, input)).status, 200);
      assertEquals(await invoke(client, { ...input, body: "Twice" }), {
        status: 409,
        code: "IDEMPOTENCY_KEY_REUSED",
      });
      assertEquals(
        (await invoke(client, { ...input, media_urls: ["https://example.com/a"] })).code,
        "IDEMPOTENCY_KEY_REUSED",
      );
      const another = await startConversation({ status: "escalated" });
      assertEquals((await invoke(client, { ...input, conversation_id: another.id })).status, 200);
    })
  ));

Deno.test("the platform's server texts first, as the bot, in a conversation that is the bot's", () =>
  withSql(async (sql) => {
    const conversation = await startConversation();
    const platform = asServiceRole();
    const input = { conversation_id: conversation.id, body: "Hello, are you still looking?" };
    assertEquals((await invoke(platform, input)).status, 200);
    const [row] = await sql`
      select sender_type, agent_id from recruiting_messages where conversation_id = ${conversation.id}`;
    assertEquals({ ...row }, { sender_type: "bot", agent_id: null });
    await sql`update recruiting_conversations set status = 'escalated' where id = ${conversation.id}`;
    assertEquals(await invoke(platform, input), { status: 409, code: "TAKEN" });
    assertEquals(await invoke(platform, { ...input, conversation_id: crypto.randomUUID() }), {
      status: 404,
      code: "NOT_FOUND",
    });
  }));

Deno.test("the platform's server sends as an agent, under that agent's rules", () =>
  withSql((sql) =>
    withAgent(async ({ id: agent_id }, conversation) => {
      const platform = asServiceRole();
      const input = { conversation_id: conversation.id, body: "Hi", agent_id };
      const capitals = { ...input, agent_id: agent_id.toUpperCase() };
      assertEquals((await invoke(platform, capitals)).status, 200);
      const [row] = await sql`
        select sender_type, agent_id from recruiting_messages where conversation_id = ${conversation.id}`;
      assertEquals({ ...row }, { sender_type: "agent", agent_id });
      const other = await asNewAgent();
      assertEquals((await invoke(platform, { ...input, agent_id: other.id })).status, 404);
      assertEquals(
        (await invoke(platform, { ...input, agent_id: crypto.randomUUID() })).status,
        404,
      );
    })
  ));

Deno.test("what Twilio refuses has failed, with its reason", () =>
  withSql((sql) =>
    withAgent(async ({ client }, { id: conversation_id }) => {
      const answer = await invoke(client, { conversation_id, body: "Hi" });
      assertEquals([answer.status, answer.message_status], [200, "failed"]);
      const [row] = await sql`
        select m.error_code, c.status from recruiting_messages m
        join recruiting_conversations c on c.id = m.conversation_id where m.id = ${answer
        .message_id!}`;
      assertEquals({ ...row }, { error_code: "21211", status: "escalated" });
    }, {
      status: "escalated",
      recruit_phone: magicPhone("+15005564000"),
    })
  ));

/** A text of the platform's that goes out while the recruit writes. */
for (
  const [label, settings, phone, status] of [
    ["answers late", {}, newPhone(), 200],
    ["accepts it and answers 500", QUICK, magicPhone("+15005561500"), 202],
  ] as [string, Record<string, string>, string, number][]
) {
  Deno.test(`a recruit who writes while Twilio ${label} to the platform's text is answered`, () =>
    withBot(
      QUICK,
      (bot) =>
        withWorker(settings, async (call, _database, twilio) => {
          const conversation = await startConversation({ recruit_phone: phone });
          const halt = twilio.haltAfter("Messages.json POST");
          const calling = call(SECRET_KEY, {
            conversation_id: conversation.id,
            body: "Are you still looking?",
          });
          await halt.reached;
          await bot.text(conversation, "Hi");
          await bot.database.requests("recruiting_claim_turn", 1);
          halt.release();
          assertEquals((await calling).status, status);
          await until(
            async () => (await sentTo(conversation.recruit_phone)).length === 2,
            "the bot's reply",
          );
        }),
    ));
}

Deno.test("a call whose permission was lost on the way is answered 503, and sent all the same, once", () =>
  withSql((sql) =>
    withWorker(QUICK, (call, database) =>
      withAgent(async ({ token }, conversation) => {
        const input = {
          conversation_id: conversation.id,
          body: "Hi",
          idempotency_key: crypto.randomUUID(),
        };
        const halt = database.haltAfter("recruiting_begin_message", "every");
        const answer = await call(token, input);
        assertEquals([answer.status, answer.code], [503, "UNAVAILABLE"]);
        halt.drop();
        const again = await call(token, input);
        // 202 until it is confirmed.
        assert([200, 202].includes(again.status), `status ${again.status}`);
        await until(async () => {
          const [row] = await sql`
            select from recruiting_messages where id = ${again
            .message_id!} and message_sid is not null`;
          return row !== undefined;
        }, "the SID");
        assertEquals((await sentTo(conversation.recruit_phone)).length, 1);
      }))
  ));

Deno.test("an answer 503 says what has failed: the database, Supabase Auth, or the function", () =>
  withWorker({}, async (call, database) => {
    const input = { conversation_id: (await startConversation()).id, body: "Hi" };
    const broken = database.breakBefore("recruiting_begin_message");
    const ofDatabase = await call(SECRET_KEY, input);
    broken.mend();
    assertEquals([ofDatabase.status, ofDatabase.code], [503, "UNAVAILABLE"]);
    assertMatch(ofDatabase.message ?? "", /^The database cannot be reached, or failed;/);

    const { token } = await asNewAgent();
    database.breakBefore("/auth/v1");
    const ofAuth = await call(token, input);
    assertEquals([ofAuth.status, ofAuth.code], [503, "UNAVAILABLE"]);
    assertMatch(ofAuth.message ?? "", /^Supabase Auth cannot be reached/);

    const { status, body, lines } = await callThrowing(input);
    assertEquals([status, body.error.code], [503, "UNAVAILABLE"]);
    assertMatch(body.error.message, /^The function has failed, and its log names the error;/);
    assertMatch(lines.join("\n"), /^(?=.*"failed").*RangeError/m);
  }));

/** Calls a worker of sms-send that throws where it makes the message's id. */
async function callThrowing(input: Input) {
  const lines: string[] = [];
  const functions = new URL("../../supabase/functions/", import.meta.url);
  const preload = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    preload,
    `crypto.randomUUID = () => { throw new RangeError("no more ids"); };`,
  );
  const worker = new EdgeFunction({
    name: "sms-send",
    entry: fileURLToPath(new URL("sms-send/index.ts", functions)),
    env: await stackEnvironment(),
    onLog: (line) => void lines.push(line),
    deno: {
      path: Deno.execPath(),
      flags: [
        `--config=${fileURLToPath(new URL("deno.json", functions))}`,
        `--preload=${preload}`,
      ],
    },
  });
  try {
    const idempotency_key = crypto.randomUUID();
    const response = await callAsPlatform(worker, "sms-send", { ...input, idempotency_key });
    return { status: response.status, body: await response.json(), lines };
  } finally {
    await worker.stop();
    await Deno.remove(preload);
  }
}

Deno.test("a call that is repeated takes up the message that a dead worker has left", () =>
  withSql((sql) =>
    withWorker(QUICK, (call) =>
      withAgent(async ({ id, token }, conversation) => {
        const idempotency_key = crypto.randomUUID();
        await sql`select recruiting_begin_message(conversation_id => ${conversation.id},
          message_id => ${crypto.randomUUID()}, body => 'Hi', agent_id => ${id},
          idempotency_key => ${idempotency_key}, confirm_after_seconds => 0)`;
        const input = { conversation_id: conversation.id, body: "Hi", idempotency_key };
        assertEquals((await call(token, input)).status, 202);
        await until(
          async () => (await sentTo(conversation.recruit_phone)).length === 1,
          "the message",
        );
      }))
  ));

Deno.test("a conversation that is assigned to another agent while the send is under way is theirs: nothing is sent", () =>
  withSql((sql) =>
    withWorker({}, (call, database) =>
      withAgent(async ({ id, token }, conversation) => {
        const other = await asNewAgent();
        const halt = database.haltBefore("recruiting_begin_message");
        const calling = call(token, {
          conversation_id: conversation.id,
          body: "Hi",
        });
        await halt.reached;
        await sql`select recruiting_assign_conversation(conversation_id => ${conversation.id},
          agent_id => ${other.id})`;
        halt.release();
        const { status, code } = await calling;
        assertEquals([status, code], [409, "TAKEN"]);
        const late = await call(token, {
          conversation_id: conversation.id,
          body: "Hi",
        });
        assertEquals([late.status, late.code], [404, "NOT_FOUND"]);
        assertEquals(await bodiesOf(sql, conversation.id), []);
        assertEquals(await sentTo(conversation.recruit_phone), []);
        assert(id !== other.id, `Both agents are ${id}`);
      }))
  ));

Deno.test("an answer of Twilio's that does not come is 202, and the message is confirmed later", () =>
  withSql((sql) =>
    withWorker(
      QUICK,
      (call) =>
        withAgent(async ({ token }, conversation) => {
          const answer = await call(token, {
            conversation_id: conversation.id,
            body: "Hi",
          });
          assertEquals([answer.status, answer.message_status], [202, "queued"]);
          await until(async () => {
            const [row] = await sql`select message_sid from recruiting_messages where id = ${answer
              .message_id!}`;
            return row.message_sid !== null;
          }, "the SID");
          assertEquals((await sentTo(conversation.recruit_phone)).length, 1);
        }, {
          status: "escalated",
          recruit_phone: magicPhone("+15005560000"),
        }),
    )
  ));

Deno.test("without a Twilio account the answer says so", () =>
  withWorker({ TWILIO_ACCOUNT_SID: "" }, async (call) => {
    const { status, code } = await call("any", { body: "Hi" });
    assertEquals([status, code], [500, "NOT_CONFIGURED"]);
  }));

Deno.test("no log line of sms-send holds a text, a number or a token", () =>
  withAgent(async ({ client, token }, conversation) => {
    const secret = `secret-${crypto.randomUUID()}`;
    const { message_id } = await invoke(client, { conversation_id: conversation.id, body: secret });
    const [line] = await until(
      async () => {
        const lines = await logLines(message_id!);
        return lines.length > 0 && lines;
      },
      "the log line",
    );
    assertMatch(line, /"function":"sms-send".*"message_sid":"(SM|MM)/);
    for (const word of [secret, conversation.recruit_phone, token]) {
      assertEquals(await logLines(word), []);
    }
  }));
