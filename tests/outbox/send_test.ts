import type postgres from "postgres";
import { startTwilio } from "../../local/stand_ins/twilio/twilio.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { sentTo, withBot } from "../support/bot.ts";
import { startConversation } from "../support/conversations.ts";
import { API_URL, TWILIO_URL, withSql } from "../support/stack.ts";
import {
  conversationOf,
  newSender,
  sent,
  untilQuiet,
  untilStatus,
  withTalk,
} from "../support/talk.ts";
import { ACCOUNT_SID, AUTH_TOKEN, magicPhone, newPhone } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

const QUICK = { SETTLE_AFTER_SECONDS: "2.4", SETTLE_GAP_SECONDS: "0.5" };

/** Only Twilio's list can tell what was sent. No checkpoint stands between the worker and Twilio. */
const WITHOUT_CALLBACKS = {
  ...QUICK,
  TWILIO_API_BASE_URL: TWILIO_URL,
  TWILIO_WEBHOOK_BASE_URL: `http://127.0.0.1:9/functions/v1,${API_URL}/functions/v1`,
};

function outboundOf(sql: postgres.Sql, conversationId: string) {
  return sql`select * from recruiting_messages
    where conversation_id = ${conversationId} and direction = 'outbound' order by seq`;
}

for (
  const [label, prefix, settings] of [
    ["answers 429 twice", "+15005560429", QUICK],
    ["accepts it and answers 500", "+15005561500", QUICK],
    ["accepts it and answers 500, and no callback arrives", "+15005561500", WITHOUT_CALLBACKS],
    ["accepts it and drops the connection", "+15005560000", QUICK],
    [
      "accepts it and drops the connection, and no callback arrives",
      "+15005560000",
      WITHOUT_CALLBACKS,
    ],
    ["accepts it and answers too late, and no callback arrives", "+15005560020", WITHOUT_CALLBACKS],
  ] as [string, string, Record<string, string>][]
) {
  Deno.test(`a message that Twilio ${label} is sent once, and has its SID`, () =>
    withTalk(async (bot, sql, conversation) => {
      await bot.text(conversation, "Hi");
      await sent(conversation.recruit_phone, 1);
      await untilQuiet(sql, conversation.id);
      const rows = await outboundOf(sql, conversation.id);
      const messages = await sentTo(conversation.recruit_phone);
      assertEquals(rows.map(({ message_sid }) => message_sid), messages.map(({ sid }) => sid));
      assertEquals(rows.length, 1);
      assertEquals((await conversationOf(sql, conversation.id)).status, "bot");
    }, {
      settings,
      conversation: { recruit_phone: magicPhone(prefix) },
    }));
}

Deno.test("no client repeats a call by itself on a connection that broke: it is sent once", () =>
  withTalk(async (bot, sql, conversation) => {
    await bot.text(conversation, "Hi");
    await sent(conversation.recruit_phone, 1);
    const dropped = await startConversation({ recruit_phone: magicPhone("+15005560000") });
    await bot.text(dropped, "Hi");
    await untilQuiet(sql, dropped.id);
    assertEquals((await sentTo(dropped.recruit_phone)).length, 1);
    assertEquals((await outboundOf(sql, dropped.id)).length, 1);
  }, { settings: WITHOUT_CALLBACKS }));

for (
  const [label, prefix, code, calls, settings] of [
    ["always answers 429", "+15005561429", "20429", 3, {}],
    ["refuses with 21211", "+15005564000", "21211", 1, {}],
    ["refuses a phone that is no mobile", "+15005550009", "21614", 1, {}],
    ["cannot deliver", "+15005563003", "30003", 1, {}],
    ["does not know the account", "+1555", "20003", 1, {
      TWILIO_AUTH_TOKEN: "another",
      TWILIO_WEBHOOK_AUTH_TOKEN: AUTH_TOKEN,
    }],
    ["is not there", "+1555", "ECONNREFUSED", 0, { TWILIO_API_BASE_URL: "http://127.0.0.1:9" }],
  ] as [string, string, string, number, Record<string, string>][]
) {
  Deno.test(`a reply that Twilio ${label} has failed with ${code}, and hands the conversation off`, () =>
    withTalk(async (bot, sql, conversation) => {
      await bot.text(conversation, "Hi");
      const row = await untilStatus(sql, conversation.id, "escalated");
      assertEquals(row.escalation_reason, `The bot's message failed: error ${code}`);
      const [message, ...more] = await outboundOf(sql, conversation.id);
      assertEquals([message.status, message.error_code, more.length], ["failed", code, 0]);
      assertEquals(
        bot.twilio.seen.filter(({ path, body }) => path.endsWith("Messages.json") && body).length,
        calls,
      );
    }, {
      settings,
      conversation: { recruit_phone: magicPhone(prefix) },
      sender: { handover_text: "Bye" },
    }));
}

for (
  const [label, prefix] of [
    ["at once", "+15005550004"],
    ["by a callback", "+15005562161"],
  ]
) {
  Deno.test(`Twilio's 21610 ${label} opts the phone out, everywhere, and no person is needed`, () =>
    withTalk(async (bot, sql, conversation) => {
      await bot.text(conversation, "Hi");
      await until(
        async () => (await conversationOf(sql, conversation.id)).opted_out_at !== null,
        "the opt-out",
      );
      const [{ reason }] = await sql`
        select reason from recruiting_opt_outs where recruit_phone = ${conversation.recruit_phone}`;
      assertEquals(reason, "Twilio 21610");
      assertEquals((await conversationOf(sql, conversation.id)).status, "bot");
      const [message] = await outboundOf(sql, conversation.id);
      assertEquals([message.status, message.error_code], ["failed", "21610"]);
    }, { conversation: { recruit_phone: magicPhone(prefix) } }));
}

for (const [label, prefix] of [["answers 500", "+15005560500"], ["hangs up", "+15005561000"]]) {
  Deno.test(`a reply that Twilio never accepts and always ${label} is a person's in the end`, () =>
    withTalk(async (bot, sql, conversation) => {
      await bot.text(conversation, "Hi");
      await until(
        async () => {
          await sql`update recruiting_conversations set reply_due_at = now() - interval '1 hour'
          where id = ${conversation.id} and reply_due_at is not null`;
          await sql`update recruiting_messages set confirm_due_at = now()
          where conversation_id = ${conversation.id} and confirm_due_at is not null`;
          await bot.text({ recruit_phone: newPhone(), twilio_phone: "+15550100008" }, "Hi");
          return (await conversationOf(sql, conversation.id)).status === "escalated";
        },
        "a person",
        30,
      );
      assertEquals(await sentTo(conversation.recruit_phone), []);
      assertEquals((await outboundOf(sql, conversation.id)).length, 0);
    }, {
      settings: QUICK,
      conversation: { recruit_phone: magicPhone(prefix) },
    }));
}

Deno.test("callbacks that come before Twilio has answered find the message", () =>
  withTalk(async (bot, sql, conversation) => {
    const answer = bot.twilio.haltAfter("Messages.json POST");
    await bot.text(conversation, "Hi");
    await answer.reached;
    await until(async () => {
      const [row] = await outboundOf(sql, conversation.id);
      return row.status === "delivered" && row.message_sid;
    }, "the message to be delivered");
    answer.release();
    await until(() => bot.logs.some((line) => line.includes('"sent"')), "the answer");
    const [row] = await outboundOf(sql, conversation.id);
    assertEquals([row.status, row.num_segments], ["delivered", 1]);
  }));

Deno.test("with a Messaging Service the number is named all the same, so that the recruit's answer finds its conversation", () =>
  withTalk(async (bot, sql, conversation) => {
    await bot.text(conversation, "Hi");
    const [{ body }] = await bot.twilio.requests("Messages.json POST", 1);
    const form = new URLSearchParams(body);
    assertEquals([form.get("From"), form.get("MessagingServiceSid")], [
      conversation.twilio_phone,
      `MG${"0".repeat(32)}`,
    ]);
    await until(
      async () => (await outboundOf(sql, conversation.id))[0]?.status === "delivered",
      "delivery",
    );
  }, { settings: { TWILIO_MESSAGING_SERVICE_SID: `MG${"0".repeat(32)}` } }));

Deno.test("one recruit on two numbers with a Messaging Service, both sends unconfirmed: each text once", () =>
  withSql((sql) =>
    withBot({
      ...WITHOUT_CALLBACKS,
      TWILIO_MESSAGING_SERVICE_SID: `MG${"0".repeat(32)}`,
    }, async (bot) => {
      const recruit_phone = magicPhone("+15005560000");
      const conversations = await Promise.all(
        ["North", "South"].map(async (display_name) =>
          startConversation({
            recruit_phone,
            twilio_phone: await newSender(sql, { display_name }),
          })
        ),
      );
      await Promise.all(conversations.map((conversation) => bot.text(conversation, "Hi")));
      for (const { id } of conversations) await untilQuiet(sql, id);
      const messages = await sentTo(recruit_phone);
      assertEquals(messages.length, 2);
      for (const { id } of conversations) {
        const rows = await outboundOf(sql, id);
        assertEquals(rows.length, 1);
        const message = messages.find(({ sid }) => sid === rows[0].message_sid);
        assertEquals(message?.body, rows[0].body);
      }
    })
  ));

Deno.test("a list of Twilio's that fails once is asked for again, and the recruit is answered", () =>
  withTalk(async (bot, _sql, conversation) => {
    const post = bot.twilio.haltBefore("Messages.json POST");
    await bot.text(conversation, "Hi");
    await post.reached;
    post.drop();
    const list = bot.twilio.haltBefore("Messages.json GET?To");
    await list.reached;
    list.drop();
    await sent(conversation.recruit_phone, 1);
  }, { settings: QUICK }));

Deno.test("a confirmation whose answer is lost has happened, and the recruit is answered", () =>
  withTalk(async (bot, sql, conversation) => {
    const post = bot.twilio.haltBefore("Messages.json POST");
    await bot.text(conversation, "Hi");
    await post.reached;
    post.drop();
    // The second of the two lists decides.
    const first = bot.database.haltAfter("recruiting_confirm_send");
    await first.reached;
    const second = bot.database.haltAfter("recruiting_confirm_send", "every");
    first.release();
    await second.reached;
    await until(() => bot.logs.some((line) => line.includes("database_error")), "the deadline");
    second.drop();
    await sent(conversation.recruit_phone, 1);
    assertEquals((await outboundOf(sql, conversation.id)).length, 1);
  }, { settings: QUICK }));

Deno.test("a confirmation that makes the reply pending again, and whose answer is lost once, leads to another reply", () =>
  withTalk(async (bot, _sql, conversation) => {
    const post = bot.twilio.haltBefore("Messages.json POST");
    await bot.text(conversation, "Hi");
    await post.reached;
    post.drop();
    const first = bot.database.haltAfter("recruiting_confirm_send");
    await first.reached;
    const second = bot.database.haltAfter("recruiting_confirm_send");
    first.release();
    await second.reached;
    // The worker gives this attempt up after a second, and repeats it.
    await sent(conversation.recruit_phone, 1);
    second.drop();
  }, { settings: QUICK }));

Deno.test("an API key sends where there is one", async () => {
  const apiKey = { sid: `SK${"1".repeat(32)}`, secret: "secret-of-this-test" };
  const twilio = await startTwilio({
    accountSid: ACCOUNT_SID,
    authToken: "not used",
    signingToken: AUTH_TOKEN,
    apiKey,
    port: 0,
    webhookUrl: "http://127.0.0.1:9",
  });
  try {
    await withTalk(async (bot, sql, conversation) => {
      await bot.text(conversation, "Hi");
      await until(
        async () => (await outboundOf(sql, conversation.id))[0]?.message_sid,
        "the SID",
      );
    }, {
      settings: {
        TWILIO_API_BASE_URL: twilio.url,
        TWILIO_API_KEY: apiKey.sid,
        TWILIO_API_KEY_SECRET: apiKey.secret,
      },
    });
  } finally {
    await twilio.stop();
  }
});

Deno.test("a sender in Twilio's answer that is not ours is an error in the log", () =>
  withTalk(async (bot, sql, conversation) => {
    // Twilio's own answer, but for the sender.
    bot.twilio.answer("Messages.json POST", {
      sid: `SM${crypto.randomUUID().replaceAll("-", "")}`,
      status: "queued",
      from: "+15550109999",
      num_segments: "1",
      error_code: null,
      error_message: null,
    });
    await bot.text(conversation, "Hi");
    await until(async () => (await outboundOf(sql, conversation.id))[0]?.message_sid, "the SID");
    const line = await until(
      () => bot.logs.find((line) => line.includes("sent_from_other_number")),
      "the log line",
    );
    assertMatch(line, /"level":"error".*"message_sid":"SM/);
    assert(!line.includes("+1555"), line);
  }));
