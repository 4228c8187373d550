/** The same status again, now with the error code that was missing: what is filled in, and what follows. */
import type postgres from "postgres";
import { assertEquals } from "../support/assert.ts";
import { outboundMessage, startConversation } from "../support/conversations.ts";
import { asNewAgent, withSql } from "../support/stack.ts";
import { conversationOf } from "../support/talk.ts";
import { newPhone, newSid, postForStatus, statusForm } from "../support/twilio.ts";

/** A message of the bot's, in a conversation that the bot answers. */
interface BotMessage {
  id: string;
  sid: string;
  conversationId: string;
  recruitPhone: string;
}

async function botMessage(sql: postgres.Sql, conversationId?: string): Promise<BotMessage> {
  const recruitPhone = newPhone();
  const conversation_id = conversationId ??
    (await startConversation({ recruit_phone: recruitPhone })).id;
  const sid = newSid();
  const id = await outboundMessage(sql, conversation_id, sid);
  return { id, sid, conversationId: conversation_id, recruitPhone };
}

function withBotMessage(use: (sql: postgres.Sql, message: BotMessage) => Promise<void>) {
  return withSql(async (sql) => await use(sql, await botMessage(sql)));
}

/** Posts a callback, and returns the answer's status word. */
function call({ sid }: { sid: string }, status: string, ErrorCode?: string): Promise<string> {
  return postForStatus("sms-status", statusForm(sid, status, ErrorCode ? { ErrorCode } : {}));
}

/** How often the conversation was escalated, and the codes of each message_status_changed, in order. */
async function told(sql: postgres.Sql, { conversationId }: BotMessage) {
  const rows = await sql`select event, payload ->> 'error_code' as code from realtime.messages
    where payload ->> 'conversation_id' = ${conversationId} order by inserted_at`;
  return {
    escalations: rows.filter(({ event }) => event === "conversation_escalated").length,
    codes: rows.filter(({ event }) => event === "message_status_changed").map(({ code }) => code),
  };
}

/** Asserts that a failure and its late code have been told once each, and what the agent reads. */
async function assertFilled(sql: postgres.Sql, message: BotMessage, code: string) {
  const [{ status, error_code }] = await sql`
    select status, error_code from recruiting_messages where id = ${message.id}`;
  const conversation = await conversationOf(sql, message.conversationId);
  assertEquals(
    [status, error_code, conversation.status, conversation.escalation_reason],
    ["failed", code, "escalated", `The bot's message failed: error ${code}`],
  );
  assertEquals(await told(sql, message), { escalations: 1, codes: [null, code] });
}

for (
  const [first, second] of [
    ["failed", "failed"],
    ["undelivered", "undelivered"],
    ["undelivered", "failed"],
  ]
) {
  Deno.test(`a bot's message is ${first} without a code, and then ${second} with it: the code fills the reason`, () =>
    withBotMessage(async (sql, message) => {
      await call(message, first);
      const conversation = await conversationOf(sql, message.conversationId);
      assertEquals(conversation.escalation_reason, "The bot's message failed: no reason given");
      assertEquals(await call(message, second, "30007"), "updated");
      await assertFilled(sql, message, "30007");
      for (const code of ["30007", "30008", undefined]) {
        assertEquals(await call(message, second, code), "updated");
      }
      await assertFilled(sql, message, "30007");
    }));
}

for (const code of ["21610", "63033", "63014"]) {
  Deno.test(`${code}, when it comes after the failure, opts the recruit out once`, () =>
    withBotMessage(async (sql, message) => {
      await call(message, "failed");
      for (let times = 0; times < 2; times++) await call(message, "failed", code);
      await assertFilled(sql, message, code);
      const consent = await sql`select kind, source, evidence, message_sid
        from recruiting_consent_events where phone = ${message.recruitPhone}`;
      assertEquals([...consent], [
        { kind: "opt_out", source: "twilio", evidence: code, message_sid: message.sid },
      ]);
      const conversation = await conversationOf(sql, message.conversationId);
      assertEquals(conversation.opted_out_at !== null, true);
    }));
}

Deno.test("a callback without the code, after the one with it, changes and tells nothing", () =>
  withBotMessage(async (sql, message) => {
    await call(message, "failed", "30007");
    assertEquals(await call(message, "failed"), "updated");
    assertEquals(await told(sql, message), { escalations: 1, codes: ["30007"] });
    const events = await sql`select error_code from recruiting_message_events
      where message_sid = ${message.sid}`;
    assertEquals([...events], [{ error_code: "30007" }]);
  }));

Deno.test("5 callbacks without the code and 5 with it, at once, make one escalation with the code", () =>
  withBotMessage(async (sql, message) => {
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => call(message, "failed", index % 2 ? "30007" : "")),
    );
    const { escalations, codes } = await told(sql, message);
    assertEquals([escalations, codes.includes("30007"), codes.length <= 2], [1, true, true]);
    const conversation = await conversationOf(sql, message.conversationId);
    assertEquals(conversation.escalation_reason, "The bot's message failed: error 30007");
    const events = await sql`select error_code from recruiting_message_events
      where message_sid = ${message.sid}`;
    assertEquals([...events], [{ error_code: "30007" }]);
  }));

Deno.test("a failure before the SID is stored, and its code after: both count", () =>
  withSql(async (sql) => {
    const { id: conversationId, recruit_phone: recruitPhone } = await startConversation();
    const message = {
      id: await outboundMessage(sql, conversationId),
      sid: newSid(),
      conversationId,
      recruitPhone,
    };
    assertEquals(await call(message, "failed"), "ignored");
    await sql`update recruiting_messages set message_sid = ${message.sid} where id = ${message.id}`;
    assertEquals(await call(message, "failed", "30007"), "updated");
    await assertFilled(sql, message, "30007");
  }));

Deno.test("a failure and its code, both before the SID is stored, escalate once with the code", () =>
  withSql(async (sql) => {
    const { id: conversationId, recruit_phone: recruitPhone } = await startConversation();
    const message = {
      id: await outboundMessage(sql, conversationId),
      sid: newSid(),
      conversationId,
      recruitPhone,
    };
    for (const code of [undefined, "30007"]) {
      assertEquals(await call(message, "failed", code), "ignored");
    }
    await sql`update recruiting_messages set message_sid = ${message.sid} where id = ${message.id}`;
    assertEquals(await told(sql, message), { escalations: 1, codes: ["30007"] });
    const conversation = await conversationOf(sql, conversationId);
    assertEquals(conversation.escalation_reason, "The bot's message failed: error 30007");
  }));

Deno.test("a code on a status that is no failure fills nothing, and is no opt-out", () =>
  withBotMessage(async (sql, message) => {
    await call(message, "failed");
    for (const status of ["sent", "delivered", "read"]) await call(message, status, "21610");
    const delivered = await botMessage(sql);
    for (const status of ["delivered", "read", "failed"]) await call(delivered, status, "21610");
    const rows = await sql`select status, error_code from recruiting_messages
      where id in ${sql([message.id, delivered.id])} order by created_at`;
    assertEquals([...rows], [
      { status: "failed", error_code: null },
      { status: "delivered", error_code: null },
    ]);
    assertEquals(await told(sql, message), { escalations: 1, codes: [null] });
    for (const { conversationId } of [message, delivered]) {
      assertEquals((await conversationOf(sql, conversationId)).opted_out_at, null);
    }
  }));

Deno.test("a late code leaves the reason of an escalation alone that it has not caused", () =>
  withBotMessage(async (sql, first) => {
    const reason = async () =>
      (await conversationOf(sql, first.conversationId)).escalation_reason as string;
    const second = await botMessage(sql, first.conversationId);
    await call(first, "failed");
    await call(second, "failed");
    await call(second, "failed", "30003");
    assertEquals(await reason(), "The bot's message failed: no reason given");
    await call(first, "failed", "30007");
    assertEquals(await reason(), "The bot's message failed: error 30007");

    const [third, fourth] = [
      await botMessage(sql, first.conversationId),
      await botMessage(sql, first.conversationId),
    ];
    const status = async (status: string) =>
      void await sql`update recruiting_conversations set status = ${status}
        where id = ${first.conversationId}`;
    await status("bot");
    await call(third, "failed");
    await status("bot");
    await call(fourth, "failed");
    await call(third, "failed", "30005");
    assertEquals(await reason(), "The bot's message failed: no reason given");
    await call(fourth, "failed", "30006");
    assertEquals(await reason(), "The bot's message failed: error 30006");
  }));

Deno.test("a late code escalates again what was handed back to the bot since", () =>
  withBotMessage(async (sql, message) => {
    await call(message, "failed");
    await sql`update recruiting_conversations set status = 'bot' where id = ${message.conversationId}`;
    await call(message, "failed", "30007");
    const { status, escalation_reason } = await conversationOf(sql, message.conversationId);
    assertEquals([status, escalation_reason], [
      "escalated",
      "The bot's message failed: error 30007",
    ]);
  }));

Deno.test("a late code of an agent's message is told to the agent, and escalates nothing", () =>
  withSql(async (sql) => {
    const { id: agentId } = await asNewAgent();
    const { id: conversationId } = await startConversation({
      status: "closed",
      assigned_agent_id: agentId,
    });
    const message = await botMessage(sql, conversationId);
    await sql`update recruiting_messages set sender_type = 'agent', agent_id = ${agentId}
      where id = ${message.id}`;
    for (const code of [undefined, "30007"]) await call(message, "undelivered", code);
    assertEquals(await told(sql, message), { escalations: 0, codes: [null, "30007"] });
    const { status, escalation_reason } = await conversationOf(sql, conversationId);
    assertEquals([status, escalation_reason], ["closed", null]);
  }));
