/** Since when a recruit has waited for a person: recruiting_conversations.waiting_since. */
import type postgres from "postgres";
import { assert, assertEquals } from "../support/assert.ts";
import { withEmptiedDatabase } from "../support/emptied_database.ts";
import { withOwnDatabase } from "../support/own_database.ts";
import { beginConversation } from "../support/own_rows.ts";
import { pagesOf } from "../support/pages.ts";
import { newSid } from "../support/twilio.ts";

/** What happens in a conversation, in the order of a test's steps. */
type Step =
  | "text"
  | "bot's reply"
  | "hand-off text"
  | "agent's answer"
  | "the last message is deleted"
  | "opt-out"
  | "opt-in"
  | "bot"
  | "escalated"
  | "closed";

const OUTBOUND = {
  "bot's reply": { sender_type: "bot", outbox_kind: "reply" },
  "hand-off text": { sender_type: "bot", outbox_kind: "hand_off" },
  "agent's answer": { sender_type: "agent", outbox_kind: "agent" },
};

/** The time of the first step, of which each further step is a minute later. */
const START = Date.parse("2026-01-01T00:00:00Z");

async function take(sql: postgres.Sql, id: string, step: Step, createdAt: Date): Promise<void> {
  switch (step) {
    case "text":
      await sql`insert into recruiting_messages
          (conversation_id, direction, sender_type, status, created_at, message_sid)
        values (${id}, 'inbound', 'recruit', 'received', ${createdAt}, ${newSid()})`;
      break;
    case "bot's reply":
    case "hand-off text":
    case "agent's answer":
      await sql`insert into recruiting_messages ${
        sql({
          conversation_id: id,
          direction: "outbound",
          status: "queued",
          created_at: createdAt,
          ...OUTBOUND[step],
        })
      }`;
      break;
    case "the last message is deleted":
      await sql`delete from recruiting_messages where conversation_id = ${id} and seq =
        (select last_seq from recruiting_conversations where id = ${id})`;
      break;
    case "opt-out":
    case "opt-in":
      await sql`update recruiting_conversations
        set opted_out_at = ${step === "opt-out" ? createdAt : null} where id = ${id}`;
      break;
    default:
      await sql`update recruiting_conversations set status = ${step} where id = ${id}`;
  }
}

/** Each sentence, its steps, and the number of the step since which the recruit waits. */
const CASES: [sentence: string, steps: Step[], waitsSince: number | undefined][] = [
  ["while the bot answers, no recruit waits for a person", ["text"], undefined],
  ["a text in an escalated conversation waits", ["escalated", "text"], 1],
  ["the oldest unanswered text counts", ["escalated", "text", "text"], 1],
  ["an answer ends the wait", ["escalated", "text", "agent's answer"], undefined],
  ["after an answer the next text counts", ["escalated", "text", "agent's answer", "text"], 3],
  ["an escalation counts from the text that the bot has not answered", [
    "text",
    "bot's reply",
    "text",
    "text",
    "escalated",
  ], 2],
  ["after the bot's answer an escalation begins no wait", [
    "text",
    "bot's reply",
    "escalated",
  ], undefined],
  ["a hand-off text is no answer", ["text", "escalated", "hand-off text"], 0],
  ["a hand-back ends the wait", ["escalated", "text", "bot"], undefined],
  ["a closing ends the wait", ["escalated", "text", "closed"], undefined],
  ["a text after the closing waits", ["escalated", "text", "closed", "text"], 3],
  ["a reopened conversation waits since the text before the closing", [
    "escalated",
    "text",
    "closed",
    "escalated",
  ], 1],
  ["a recruit who opts out does not wait", ["escalated", "text", "opt-out"], undefined],
  ["a text after the opt-out does not wait", ["escalated", "opt-out", "text"], undefined],
  ["a recruit who opts in again waits", ["escalated", "opt-out", "text", "opt-in"], 2],
  ["a text is unanswered again when its reply is deleted", [
    "text",
    "bot's reply",
    "escalated",
    "the last message is deleted",
  ], 0],
];

Deno.test("a recruit waits for a person since the first text that counts", (t) =>
  withEmptiedDatabase(async (sql) => {
    for (const [sentence, steps, waitsSince] of CASES) {
      await t.step(sentence, async () => {
        const { id } = await beginConversation(sql);
        const timeOf = (step: number) => new Date(START + step * 60_000);
        for (const [number, step] of steps.entries()) await take(sql, id, step, timeOf(number));
        const [{ waiting_since }] = await sql<{ waiting_since: Date | null }[]>`
          select waiting_since from recruiting_conversations where id = ${id}`;
        assertEquals(waiting_since, waitsSince === undefined ? null : timeOf(waitsSince));
      });
    }
  }));

Deno.test("a text that came late counts by its time of arrival", () =>
  withEmptiedDatabase(async (sql) => {
    const { id } = await beginConversation(sql, { status: "escalated" });
    const [early, late] = [new Date(START), new Date(START + 60_000)];
    for (const createdAt of [late, early]) await take(sql, id, "text", createdAt);
    const [{ waiting_since }] = await sql`
      select waiting_since from recruiting_conversations where id = ${id}`;
    assertEquals(waiting_since, early);
  }));

/** The queries of client/conversation_list.ts for a page of 50, as PostgREST makes them. `{agent}` is the caller. */
const LISTS = {
  "unassigned, as a part of all": `assigned_agent_id is null
    and (status = 'escalated' or waiting_since is not null)
    order by waiting_since, last_message_at, id`,
  "unassigned": `assigned_agent_id is null and status = 'escalated'
    order by waiting_since, last_message_at, id`,
  "the agent's": `assigned_agent_id = '{agent}' and waiting_since is not null
    order by waiting_since, last_message_at, id`,
  "the agent's that do not wait": `assigned_agent_id = '{agent}' and waiting_since is null
    order by last_message_at desc, id`,
  "unassigned that do not wait": `assigned_agent_id is null and waiting_since is null
    and status <> 'escalated' order by last_message_at desc, id`,
};

/** The pages of a list of 51: the index's, and one for each row at most. */
const MAX_PAGES = 150;

Deno.test("a page of 50 costs the same beside 10,000 conversations", (t) =>
  withOwnDatabase(async (sql, admin) => {
    const [{ id: agentId }] = await sql`insert into auth.users (id, aud, role, email)
      values (gen_random_uuid(), 'authenticated', 'authenticated', 'a@example.com') returning id`;
    await sql`insert into recruiting_agents (user_id, display_name) values (${agentId}, 'Alex')`;
    // Half of them wait, a tenth of those for the agent.
    await admin.begin(async (sql) => {
      await sql`set local session_replication_role = replica`;
      await sql`insert into recruiting_conversations
          (recruit_phone, twilio_phone, status, assigned_agent_id, last_seq, last_message_at, waiting_since)
        select '+1555' || lpad(n::text, 9, '0'), '+15550100000',
          case when n % 2 = 0 then 'escalated'::recruiting_conversation_status when n % 4 = 1 then 'bot' else 'closed' end,
          case when n % 10 < 2 then ${agentId}::uuid end, 1, now() - n * interval '1 minute',
          case when n % 2 = 0 then now() - n * interval '1 minute' end
        from generate_series(1, 10000) n order by hashint8(n)`;
    });
    await admin`analyze recruiting_conversations`;
    const connection = await sql.reserve();
    try {
      await connection`select set_config('role', 'authenticated', false),
        set_config('request.jwt.claims', ${
        JSON.stringify({ sub: agentId, role: "authenticated" })
      }, false)`;
      for (const [name, conditions] of Object.entries(LISTS)) {
        await t.step(name, async () => {
          const statement = `select id from recruiting_conversations where ${
            conditions.replace("{agent}", agentId)
          } limit 51`;
          await pagesOf(connection, statement);
          const pages = await pagesOf(connection, statement);
          assert(pages <= MAX_PAGES, `${pages} pages`);
        });
      }
      await connection`reset role`;
    } finally {
      connection.release();
    }
  }));
