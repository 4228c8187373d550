/** recruiting_attention: each kind appears with its cause, and ends with it. */
import type { SupabaseClient } from "@supabase/supabase-js";
import type postgres from "postgres";
import type {
  Database,
  TablesUpdate,
} from "../../supabase/functions/_shared/database/database.types.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { outboundMessage, startConversation } from "../support/conversations.ts";
import { withOwnDatabase } from "../support/own_database.ts";
import { insertAgent } from "../support/own_rows.ts";
import { pagesOf } from "../support/pages.ts";
import { asAnon, asNewAgent, asNewUser, asServiceRole, withSql } from "../support/stack.ts";
import { conversationOf, sent, untilQuiet, untilStatus, withTalk } from "../support/talk.ts";
import { inboundForm, newPhone, newSid, postForStatus, statusForm } from "../support/twilio.ts";

type Client = SupabaseClient<Database>;

/** What a client sees of a conversation; a row for each kind. */
async function attentionTo(client: Client, conversationId: string) {
  const { data, error } = await client.from("recruiting_attention").select()
    .eq("conversation_id", conversationId).order("kind");
  assertEquals(error, null);
  return (data ?? []).map(({ kind, reason, since }) => ({
    kind,
    reason,
    since: since && new Date(since).getTime(),
  }));
}

async function kindsFor(client: Client, conversationId: string) {
  return (await attentionTo(client, conversationId)).map(({ kind }) => kind);
}

async function reasonsFor(client: Client, conversationId: string) {
  return (await attentionTo(client, conversationId)).map(({ reason }) => reason);
}

/** When the texts of a conversation came, in ms. */
async function arrivalsIn(sql: postgres.Sql, conversationId: string): Promise<number[]> {
  const rows = await sql<{ created_at: Date }[]>`select created_at from recruiting_messages
    where conversation_id = ${conversationId} and direction = 'inbound' order by seq`;
  return rows.map(({ created_at }) => created_at.getTime());
}

/** An agent, and a conversation of theirs. */
async function agentWith(status: string) {
  const agent = await asNewAgent();
  const conversation = await startConversation({ status, assigned_agent_id: agent.id });
  return {
    agent,
    ...conversation,
    text: (Body = "Hello") =>
      postForStatus("sms-inbound", inboundForm({ From: conversation.recruit_phone, Body })),
    async answer() {
      const { error } = await agent.client.functions.invoke("sms-send", {
        body: {
          conversation_id: conversation.id,
          body: "Hi, this is Alex.",
          idempotency_key: crypto.randomUUID(),
        },
      });
      assertEquals(error, null);
    },
    async change(fields: TablesUpdate<"recruiting_conversations">) {
      const { error } = await agent.client.from("recruiting_conversations")
        .update(fields).eq("id", conversation.id);
      assertEquals(error, null);
    },
  };
}

Deno.test("a message of the bot's that failed needs attention until Twilio accepts a later one of the bot's", () =>
  withSql(async (sql) => {
    const { agent, id, answer } = await agentWith("bot");
    const sid = newSid();
    const messageId = await outboundMessage(sql, id, sid);
    assertEquals(await attentionTo(agent.client, id), []);
    await postForStatus("sms-status", statusForm(sid, "undelivered", { ErrorCode: "30003" }));
    const [{ failed_at }] =
      await sql`select failed_at from recruiting_messages where id = ${messageId}`;
    const failure = {
      kind: "message_failed",
      reason: "The bot's message was not delivered (error 30003)",
      since: failed_at.getTime(),
    };
    assertEquals(await attentionTo(agent.client, id), [failure]);

    await answer();
    await outboundMessage(sql, id);
    assertEquals(await attentionTo(agent.client, id), [failure]);
    await outboundMessage(sql, id, newSid());
    assertEquals(await attentionTo(agent.client, id), []);
  }));

Deno.test("of several messages that failed the newest needs attention, and without a code its error says why", () =>
  withSql(async (sql) => {
    const { agent, id } = await agentWith("escalated");
    for (const minutes of [2, 1]) {
      await sql`
        insert into recruiting_messages
          (conversation_id, direction, sender_type, agent_id, body, status, failed_at, error_message)
        values (${id}, 'outbound', 'agent', ${agent.id}, 'A secret', 'failed',
          now() - ${minutes} * interval '1 minute', ${`Refused ${minutes} minutes ago`})`;
    }
    assertEquals(
      await reasonsFor(agent.client, id),
      ["An agent's message failed: Refused 1 minutes ago"],
    );
  }));

Deno.test("an escalated conversation waits for an agent since the oldest unanswered text, until an agent answers", () =>
  withSql(async (sql) => {
    const { agent, id, text, answer } = await agentWith("escalated");
    assertEquals(await attentionTo(agent.client, id), []);
    await text("One");
    await text("Two");
    const waiting = {
      kind: "waiting_for_agent",
      reason: "The recruit waits for an agent's answer",
    };
    const [since] = await arrivalsIn(sql, id);
    assertEquals(await attentionTo(agent.client, id), [{ ...waiting, since }]);
    await answer();
    assertEquals(await attentionTo(agent.client, id), []);
    await text("Three");
    const [, , next] = await arrivalsIn(sql, id);
    assertEquals(await attentionTo(agent.client, id), [{ ...waiting, since: next }]);
  }));

Deno.test("a hand-off text ends no waiting, and the waiting begins with the escalation", () =>
  withTalk(async (bot, sql, conversation) => {
    const platform = asServiceRole();
    await bot.text(conversation, "Hi");
    await sent(conversation.recruit_phone, 1);
    await untilQuiet(sql, conversation.id);
    assertEquals(await attentionTo(platform, conversation.id), []);
    await bot.text(conversation, "Can I talk to a person?");
    const { escalated_at } = await untilStatus(sql, conversation.id, "escalated");
    await sent(conversation.recruit_phone, 2);
    const [row, ...others] = await attentionTo(platform, conversation.id);
    assertEquals([row?.kind, row?.since, others], [
      "waiting_for_agent",
      escalated_at.getTime(),
      [],
    ]);
  }, { sender: { handover_text: "A colleague will text you." } }));

Deno.test("a message that the platform sends is an answer, unlike a hand-off text", () =>
  withSql(async (sql) => {
    const { agent, id, recruit_phone } = await agentWith("bot");
    await postForStatus("sms-inbound", inboundForm({ From: recruit_phone }));
    const { error } = await asServiceRole().functions.invoke("sms-send", {
      body: { conversation_id: id, body: "See you at 10.", idempotency_key: "reminder" },
    });
    assertEquals(error, null);
    await sql`update recruiting_conversations set status = 'escalated' where id = ${id}`;
    assertEquals(await attentionTo(agent.client, id), []);
  }));

Deno.test("of an endless run of texts the first one counts, and after a change of status the last 50 are looked at", () =>
  withSql(async (sql) => {
    const { agent, id } = await agentWith("escalated");
    await sql`
      insert into recruiting_messages (conversation_id, direction, sender_type, status, message_sid, created_at)
      select ${id}, 'inbound', 'recruit', 'received', 'SM' || md5(${id} || n), now() + n * interval '1 minute'
      from generate_series(1, 60) n`;
    const arrivals = await arrivalsIn(sql, id);
    const since = async () => (await attentionTo(agent.client, id))[0].since;
    assertEquals(await since(), arrivals[0]);
    for (const status of ["bot", "escalated"]) {
      await sql`update recruiting_conversations set status = ${status} where id = ${id}`;
    }
    assertEquals(await since(), arrivals[10]);
  }));

Deno.test("a recruit who waits and has opted out is said to be one whom no answer may reach", async () => {
  const { agent, id, text } = await agentWith("escalated");
  await text("STOP");
  assertEquals(await reasonsFor(agent.client, id), [
    "The recruit texted, and has opted out: no answer may be sent",
  ]);
});

Deno.test("a text after closing needs attention until the conversation is reopened or answered", () =>
  withSql(async (sql) => {
    const { agent, id, text, change } = await agentWith("escalated");
    await text("Before");
    await change({ status: "closed" });
    assertEquals(await attentionTo(agent.client, id), []);
    await text("After");
    await text("And again");
    const [, since] = await arrivalsIn(sql, id);
    assertEquals(await attentionTo(agent.client, id), [{
      kind: "text_after_closing",
      reason: "The recruit texted after the conversation was closed",
      since,
    }]);

    await change({ status: "bot" });
    assertEquals(await attentionTo(agent.client, id), []);
    await change({ status: "closed" });
    assertEquals(await attentionTo(agent.client, id), []);
    await text("After");
    await outboundMessage(sql, id, newSid());
    assertEquals(await attentionTo(agent.client, id), []);
  }));

Deno.test("a bot whose reply has been due for more than 2 minutes is stalled, whichever worker holds the lease", () =>
  withSql(async (sql) => {
    const { agent, id, text } = await agentWith("bot");
    await text();
    const due = async (age: string) => {
      await sql`update recruiting_conversations set reply_due_at = now() - ${age}::interval,
        turn_token = gen_random_uuid(), turn_expires_at = now() + interval '1 minute' where id = ${id}`;
      return (await conversationOf(sql, id)).reply_due_at.getTime();
    };
    await due("1 minute");
    assertEquals(await attentionTo(agent.client, id), []);
    const since = await due("3 minutes");
    assertEquals(await attentionTo(agent.client, id), [{
      kind: "bot_stalled",
      reason: "The bot has not answered: its reply was due more than 2 minutes ago",
      since,
    }]);
    await sql`update recruiting_conversations set reply_due_at = null where id = ${id}`;
    assertEquals(await attentionTo(agent.client, id), []);
  }));

Deno.test("agents see what needs attention in their own and in unassigned conversations, and no one else does", () =>
  withSql(async (sql) => {
    const { agent, id, text, change } = await agentWith("escalated");
    const [other, stranger] = [await asNewAgent(), await asNewUser()];
    await text();
    const sid = newSid();
    await sql`insert into recruiting_messages (conversation_id, direction, sender_type, outbox_kind, status, message_sid)
      values (${id}, 'outbound', 'bot', 'hand_off', 'queued', ${sid})`;
    await postForStatus("sms-status", statusForm(sid, "failed", { ErrorCode: "30005" }));
    const kinds = ["message_failed", "waiting_for_agent"];
    assertEquals(await kindsFor(agent.client, id), kinds);
    assertEquals(await kindsFor(asServiceRole(), id), kinds);
    assertEquals(await kindsFor(other.client, id), []);
    await change({ assigned_agent_id: null });
    assertEquals(await kindsFor(other.client, id), kinds);
    const { data } = await stranger.client.from("recruiting_attention").select();
    assertEquals(data, []);
    const { error } = await asAnon().from("recruiting_attention").select();
    assertEquals(error?.code, "42501");
  }));

/** Reads the rows without a conversation, as a role of the API. */
async function rowsOf(sql: postgres.Sql, role: string, userId: string = crypto.randomUUID()) {
  let rows: { kind: string; reason: string; since: Date }[] = [];
  await sql.begin(async (sql) => {
    await sql`select set_config('role', ${role}, true),
      set_config('request.jwt.claims', ${JSON.stringify({ sub: userId, role })}, true)`;
    rows =
      await sql`select kind, reason, since from recruiting_attention where conversation_id is null`;
  });
  return rows.map((row) => ({ ...row }));
}

Deno.test("texts that are unmatched for more than a day are one row, for the platform alone", () =>
  withOwnDatabase(async (sql) => {
    const agentId = await insertAgent(sql);
    const insert = (age: string, reason = "no_conversation") =>
      sql`insert into recruiting_unmatched_messages (message_sid, payload, reason, received_at)
        values (${newSid()}, '{}', ${reason}, now() - ${age}::interval) returning received_at`;
    await insert("23 hours");
    await insert("9 days", "pruned");
    assertEquals(await rowsOf(sql, "service_role"), []);
    await insert("25 hours");
    assertEquals((await rowsOf(sql, "service_role")).map(({ reason }) => reason), [
      "1 text has had no conversation for more than a day",
    ]);
    const [{ received_at }] = await insert("2 days");
    const row = {
      kind: "unmatched",
      reason: "2 texts have had no conversation for more than a day",
      since: received_at,
    };
    assertEquals(await rowsOf(sql, "service_role"), [row]);
    assertEquals(await rowsOf(sql, "postgres"), [row]);
    assertEquals(await rowsOf(sql, "authenticated", agentId), []);
    await sql`delete from recruiting_unmatched_messages`;
    assertEquals(await rowsOf(sql, "service_role"), []);
  }));

/** pg_cron, pg_net and Vault, as far as the schedule needs them. */
const EXTENSIONS = `
  create schema cron;
  create table cron.job (jobid bigint primary key, jobname text, active boolean not null default true);
  create table cron.job_run_details (
    runid bigint generated always as identity primary key, jobid bigint, status text, return_message text,
    end_time timestamptz
  );
  create schema net;
  create table net._http_response (
    status_code int, content text, error_msg text, created timestamptz not null default now()
  );
  create schema vault;
  create table vault.decrypted_secrets (name text, decrypted_secret text);
`;

Deno.test("the schedule needs attention until its job, its secrets and its answers are there", () =>
  withOwnDatabase(async (sql) => {
    const agentId = await insertAgent(sql);
    const reasons = async () => (await rowsOf(sql, "service_role")).map(({ reason }) => reason);
    assertEquals(await reasons(), []);

    await sql.unsafe(EXTENSIONS);
    const noJob = ["Supabase Cron has no active job sms-reconcile"];
    assertEquals(await reasons(), noJob);
    await sql`insert into cron.job values (7, 'sms-reconcile', false)`;
    assertEquals(await reasons(), noJob);
    await sql`update cron.job set active = true`;

    const missing = "The schedule needs what Vault does not have: ";
    assertEquals(await reasons(), [missing + "project_url and sms_reconcile_key"]);
    await sql`insert into vault.decrypted_secrets values ('project_url', 'https://example.supabase.co')`;
    assertEquals(await reasons(), [missing + "sms_reconcile_key"]);
    await sql`insert into vault.decrypted_secrets values ('sms_reconcile_key', 'sb_secret_x')`;

    assertEquals(await reasons(), ["sms-reconcile has not answered the schedule for 2 minutes"]);
    const [{ end_time }] =
      await sql`insert into cron.job_run_details (jobid, status, return_message, end_time)
        values (7, 'failed', 'permission denied', now() - interval '1 minute') returning end_time`;
    assertEquals(await rowsOf(sql, "service_role"), [{
      kind: "schedule",
      reason: "The job sms-reconcile fails: permission denied",
      since: end_time,
    }]);
    assertEquals(await rowsOf(sql, "authenticated", agentId), []);
    await sql`insert into cron.job_run_details (jobid, status) values
      (7, 'succeeded'), (7, 'running'), (8, 'failed')`;

    await sql`insert into net._http_response (error_msg) values ('Timeout of 5000 ms reached')`;
    assertEquals(
      await reasons(),
      ["The schedule does not reach sms-reconcile: Timeout of 5000 ms reached"],
    );
    const [{ created }] = await sql`insert into net._http_response values
      (202, '{"status":"started"}', null, now() - interval '3 minutes') returning created`;
    await sql`insert into net._http_response values (401, '{}'), (200, 'of another product')`;
    assertEquals(await rowsOf(sql, "service_role"), [{
      kind: "schedule",
      reason: "sms-reconcile answers the schedule with 401",
      since: created,
    }]);
    await sql`insert into net._http_response values (202, '{"status":"started"}')`;
    assertEquals(await reasons(), []);
  }));

Deno.test("extensions of an unknown make keep no one from reading the list", () =>
  withOwnDatabase(async (sql) => {
    await sql.unsafe("create schema cron; create table cron.job (id int)");
    const [row] = await rowsOf(sql, "service_role");
    assertEquals(row.kind, "schedule");
    assertMatch(row.reason, /^The schedule cannot be checked: /);
  }));

Deno.test("the list costs as many pages beside 30,000 messages as beside none", () =>
  withOwnDatabase(async (sql, admin) => {
    const agentId = await insertAgent(sql);
    const connection = await sql.reserve();
    const pages = async (role: string) => {
      await connection`select set_config('role', ${role}, false),
        set_config('request.jwt.claims', ${JSON.stringify({ sub: agentId, role })}, false)`;
      const statement = "select * from recruiting_attention";
      await pagesOf(connection, statement);
      const count = await pagesOf(connection, statement);
      await connection`reset role`;
      return count;
    };
    try {
      const before = [await pages("authenticated"), await pages("service_role")];
      // Half of the agent's, half unassigned; closed, and answered by the bot or an agent.
      await admin.begin(async (sql) => {
        await sql`set local session_replication_role = replica`;
        await sql`insert into recruiting_conversations
            (recruit_phone, twilio_phone, status, assigned_agent_id, last_seq, status_seq)
          select ${newPhone().slice(0, 9)} || lpad(n::text, 6, '0'), '+15550100000',
            case when n % 4 = 0 then 'bot'::recruiting_conversation_status else 'closed' end,
            case when n % 2 = 0 then ${agentId}::uuid end, 10, 10
          from generate_series(1, 3000) n`;
        await sql`insert into recruiting_messages
            (conversation_id, seq, direction, sender_type, status, message_sid)
          select c.id, n, case n % 2 when 1 then 'inbound'::recruiting_direction else 'outbound' end,
            case n % 4 when 0 then 'bot'::recruiting_sender_type when 2 then 'agent' else 'recruit' end,
            case n % 2 when 1 then 'received'::recruiting_message_status else 'delivered' end,
            'SM' || md5(c.id::text || n)
          from recruiting_conversations c, generate_series(1, 10) n`;
        await sql`insert into recruiting_unmatched_messages (message_sid, payload, reason, received_at)
          select 'SM' || md5(n::text), '{}', 'no_conversation', now() from generate_series(1, 3000) n`;
      });
      await admin`analyze`;
      const after = [await pages("authenticated"), await pages("service_role")];
      assert(after.every((count, index) => count <= before[index] + 8), `${before} ${after}`);
    } finally {
      connection.release();
    }
  }));
