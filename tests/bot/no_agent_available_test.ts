/** An escalation that finds no available agent is logged, wherever it happens. */
import type postgres from "postgres";
import { withAgents } from "../support/agents.ts";
import { assertEquals } from "../support/assert.ts";
import { outboundMessage, startConversation } from "../support/conversations.ts";
import { withReconciler } from "../support/reconciler.ts";
import { asServiceRole, logLines } from "../support/stack.ts";
import { conversationOf, untilStatus, withTalk } from "../support/talk.ts";
import { inboundForm, magicPhone, newSid, postForStatus, statusForm } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

/** What the bot is texted that hands the conversation off. */
const FOR_A_PERSON = "model: escalate";

/** What may be an opt-out. */
const DOUBT = "Stop?";

/** The lines that tell of a conversation without an agent. */
function warningsIn(lines: string[], conversationId: string) {
  return lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line)).filter((
    { event, conversation_id },
  ) => event === "no_agent_available" && conversation_id === conversationId)
    .map(({ level, function: name }) => `${level} ${name}`);
}

/** Waits for the line in the log of the running stack, and asserts that there is one alone. */
async function assertWarned(id: string, functionName: string) {
  const warnings = await until(async () => {
    const found = warningsIn(await logLines(id), id);
    return found.length > 0 && found;
  }, "the warning");
  assertEquals(warnings, [`warn ${functionName}`]);
}

Deno.test("a text that may be an opt-out, without an agent, is logged", () =>
  withAgents(0, async () => {
    const { id, recruit_phone } = await startConversation();
    await postForStatus("sms-inbound", inboundForm({ From: recruit_phone, Body: DOUBT }));
    await assertWarned(id, "sms-inbound");
  }));

Deno.test("a status callback that escalates, without an agent, is logged once", () =>
  withAgents(0, async (sql) => {
    const { id } = await startConversation();
    const sid = newSid();
    await outboundMessage(sql, id, sid);
    for (const code of ["", "30007", "30007"]) {
      const fields: Record<string, string> = code ? { ErrorCode: code } : {};
      await postForStatus("sms-status", statusForm(sid, "failed", fields));
    }
    await assertWarned(id, "sms-status");
  }));

Deno.test("a send that Twilio refuses, without an agent, is logged", () =>
  withAgents(0, async () => {
    const { id } = await startConversation({ recruit_phone: magicPhone("+15005564000") });
    const { error } = await asServiceRole().functions.invoke("sms-send", {
      body: { conversation_id: id, body: "Hello", idempotency_key: crypto.randomUUID() },
    });
    assertEquals(error, null);
    await assertWarned(id, "sms-send");
  }));

Deno.test("the bot's turn that ends with a person, without an agent, is logged", () =>
  withAgents(0, () =>
    withTalk(async ({ text, logs }, sql, conversation) => {
      await text(conversation, FOR_A_PERSON);
      await untilStatus(sql, conversation.id, "escalated");
      // A worker of the running stack that does due work may claim the turn, too.
      const warnings = await until(async () => {
        const found = warningsIn([...logs, ...await logLines(conversation.id)], conversation.id);
        return found.length > 0 && found;
      }, "the warning");
      assertEquals(warnings, ["warn sms-inbound"]);
    })));

Deno.test("reconciliation that escalates, without an agent, logs it for each conversation", () =>
  withAgents(0, () =>
    withReconciler(async ({ sql, standIn, reconcile, logs }) => {
      // Twilio tells of a failure only when it is asked.
      const asked = await startConversation({ recruit_phone: magicPhone("+15005563007") });
      const { sid } = await standIn.client.messages.create({
        from: asked.twilio_phone,
        to: asked.recruit_phone,
        body: "Hello",
      });
      await until(
        async () => (await standIn.client.messages(sid).fetch()).status === "undelivered",
        "the failure",
      );
      const messageId = await outboundMessage(sql, asked.id, sid);
      await sql`update recruiting_messages set status_check_at = now(), begun_at = now() - interval '1 hour'
        where id = ${messageId}`;
      // Twilio's list does not have a send, which is too old to be sent again.
      const lost = await startConversation();
      const lostId = crypto.randomUUID();
      await sql`select recruiting_begin_message(${lost.id}, ${lostId}, 'Hello')`;
      await sql`update recruiting_messages set confirm_due_at = now(), not_found_at = now(),
        created_at = now() - interval '1 hour' where id = ${lostId}`;

      await reconcile();
      for (const { id } of [asked, lost]) {
        assertEquals((await conversationOf(sql, id)).status, "escalated");
        assertEquals(warningsIn(logs, id), ["warn sms-reconcile"]);
      }
    })));

/** Escalates, and returns what the transaction would log. */
async function escalated(sql: postgres.Sql | postgres.TransactionSql, id: string) {
  await sql`select recruiting_escalate_conversation(${id}, 'test')`;
  const [{ warnings }] = await sql`select private.warnings() as warnings`;
  return warnings;
}

Deno.test("a warning ends with its transaction, and with a savepoint that is rolled back", () =>
  withAgents(0, async (sql) => {
    const { id } = await startConversation();
    const session = await sql.reserve();
    const warnings = async () => (await session`select private.warnings() as warnings`)[0].warnings;
    try {
      await session`begin`;
      await session`savepoint before`;
      assertEquals(await escalated(session, id), ["no_agent_available"]);
      await session`rollback to savepoint before`;
      assertEquals(await warnings(), []);
      assertEquals(await escalated(session, id), ["no_agent_available"]);
      await session`commit`;
      assertEquals(await warnings(), []);
    } finally {
      session.release();
    }
  }));

Deno.test("no warning, where an agent is available or the conversation was escalated before", () =>
  withAgents(1, (sql) =>
    sql.begin(async (sql) => {
      const [waiting, open] = [
        await startConversation({ status: "escalated" }),
        await startConversation(),
      ];
      for (const { id } of [waiting, open]) assertEquals(await escalated(sql, id), []);
    })));

Deno.test("two escalations without an agent are one warning of the transaction", () =>
  withAgents(0, (sql) =>
    sql.begin(async (sql) => {
      for (let count = 0; count < 2; count++) {
        const { id } = await startConversation();
        assertEquals(await escalated(sql, id), ["no_agent_available"]);
      }
    })));

Deno.test("a hand-off text that is not permitted any more, because the conversation was handed back, fails alone", () =>
  withAgents(0, async (sql) => {
    const { id } = await startConversation();
    const messageId = crypto.randomUUID();
    const [{ begun_at }] = await sql`
      select begun_at::text from recruiting_begin_message(${id}, ${messageId}, 'Hello')`;
    await sql`update recruiting_messages set outbox_kind = 'hand_off' where id = ${messageId}`;
    const [retry] = await sql`select * from recruiting_begin_retry(${messageId}, ${begun_at})`;
    assertEquals({ ...retry }, { retry_begun_at: null, warnings: [] });
    const [row] = await sql`select m.status as message_status, c.status from recruiting_messages m
      join recruiting_conversations c on c.id = m.conversation_id where m.id = ${messageId}`;
    assertEquals({ ...row }, { message_status: "failed", status: "bot" });
  }));
