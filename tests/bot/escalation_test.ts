import type postgres from "postgres";
import { seeded } from "../../local/chaos/random.ts";
import { withAgents } from "../support/agents.ts";
import { assertEquals, assertMatch } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { asServiceRole } from "../support/stack.ts";

function escalate(conversation_id: string, reason = "asked for a person") {
  return asServiceRole().rpc("recruiting_escalate_conversation", { conversation_id, reason });
}

async function conversationOf(sql: postgres.Sql, id: string) {
  const [row] = await sql`
    select status, assigned_agent_id, escalation_reason from recruiting_conversations where id = ${id}`;
  return { ...row };
}

Deno.test("an escalation goes to the available agent with the fewest open conversations", () =>
  withAgents(3, async (sql, [first, second, third]) => {
    await startConversation({ assigned_agent_id: first, status: "bot" });
    await startConversation({ assigned_agent_id: second, status: "closed" });
    await startConversation({ assigned_agent_id: third, status: "escalated" });
    const { id } = await startConversation();
    assertEquals((await escalate(id)).data, second);
    assertEquals(await conversationOf(sql, id), {
      status: "escalated",
      assigned_agent_id: second,
      escalation_reason: "asked for a person",
    });
  }));

Deno.test("the assigned agent stays if available, and is replaced if not", () =>
  withAgents(2, async (sql, [first, second]) => {
    const stays = await startConversation({ assigned_agent_id: second });
    assertEquals((await escalate(stays.id)).data, second);
    const moves = await startConversation({ assigned_agent_id: second });
    await sql`update recruiting_agents set is_available = false where user_id = ${second}`;
    assertEquals((await escalate(moves.id)).data, first);
  }));

Deno.test("with no agent available an escalation waits for the agent who takes it", () =>
  withAgents(0, async (sql) => {
    const { id } = await startConversation();
    assertEquals((await escalate(id)).data, null);
    assertEquals((await conversationOf(sql, id)).status, "escalated");
  }));

Deno.test("20 escalations at once are shared out evenly", () =>
  withAgents(4, async (sql, ids) => {
    const conversations = await Promise.all(Array.from({ length: 20 }, () => startConversation()));
    const answers = await Promise.all(conversations.map(({ id }) => escalate(id)));
    assertEquals(answers.map(({ error }) => error).filter(Boolean), []);
    const rows = await sql`
      select assigned_agent_id, count(*)::int from recruiting_conversations
      where id in ${sql(conversations.map(({ id }) => id))} group by 1 order by 1`;
    assertEquals(rows.map(({ count }) => count), [5, 5, 5, 5]);
    assertEquals(rows.map(({ assigned_agent_id }) => assigned_agent_id), ids);
  }));

Deno.test("20 calls for one conversation escalate it once", () =>
  withAgents(2, async (sql) => {
    const { id } = await startConversation();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => escalate(id, `${index}`)),
    );
    assertEquals(new Set(answers.map(({ data }) => data)).size, 1);
    const [{ count }] = await sql`select count(*)::int from realtime.messages
      where event = 'conversation_escalated' and payload ->> 'conversation_id' = ${id}`;
    assertEquals(count, 1);
  }));

Deno.test("one that is escalated stays as it is; a closed one is reopened", () =>
  withAgents(1, async (sql, [agent]) => {
    const { id } = await startConversation({ status: "escalated" });
    await escalate(id, "again");
    assertEquals(await conversationOf(sql, id), {
      status: "escalated",
      assigned_agent_id: null,
      escalation_reason: null,
    });
    const closed = await startConversation({ status: "closed" });
    await escalate(closed.id, "wrote again");
    assertEquals(await conversationOf(sql, closed.id), {
      status: "escalated",
      assigned_agent_id: agent,
      escalation_reason: "wrote again",
    });
  }));

Deno.test("an escalation that moves the assignment tells the old agent, too", () =>
  withAgents(2, async (sql, [first, second]) => {
    const { id } = await startConversation({ assigned_agent_id: first });
    await sql`update recruiting_agents set is_available = false where user_id = ${first}`;
    await escalate(id);
    const rows = await sql`select topic, event from realtime.messages
      where payload ->> 'conversation_id' = ${id} order by topic, event`;
    assertEquals(
      rows.map(({ topic, event }) => `${topic} ${event}`),
      [`agent:${first} conversation_updated`, `agent:${second} conversation_escalated`],
    );
  }));

Deno.test("a conversation passes to a named agent, also to one who is not available, or to no agent", () =>
  withAgents(1, async (sql, [agent]) => {
    await sql`update recruiting_agents set is_available = false where user_id = ${agent}`;
    const { id } = await startConversation({ status: "bot" });
    const assign = (agent_id: string | null) =>
      asServiceRole().rpc("recruiting_assign_conversation", {
        conversation_id: id,
        agent_id: agent_id as string,
      });
    assertEquals((await assign(agent)).error, null);
    assertEquals((await conversationOf(sql, id)).assigned_agent_id, agent);
    assertEquals((await conversationOf(sql, id)).status, "bot");
    assertEquals((await assign(null)).error, null);
    assertEquals((await conversationOf(sql, id)).assigned_agent_id, null);
  }));

Deno.test("only an agent is assigned, and only to a conversation that exists", async () => {
  const { id } = await startConversation();
  const unknown = crypto.randomUUID();
  const calls = [
    asServiceRole().rpc("recruiting_assign_conversation", {
      conversation_id: id,
      agent_id: unknown,
    }),
    asServiceRole().rpc("recruiting_assign_conversation", {
      conversation_id: unknown,
      agent_id: unknown,
    }),
    escalate(unknown),
  ];
  for (const { error } of await Promise.all(calls)) {
    assertEquals(error?.code, "22023");
    assertMatch(error?.message ?? "", new RegExp(unknown));
  }
});

Deno.test("the kept numbers of open conversations are those that counting finds, whatever has happened", () =>
  withAgents(3, async (sql, ids) => {
    const conversations = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        startConversation({
          status: ["bot", "escalated", "closed"][index % 3],
          assigned_agent_id: [...ids, undefined][index % 4],
        })),
    );
    const seed = crypto.getRandomValues(new Uint32Array(1))[0];
    const { pick } = seeded(seed);
    await Promise.all(Array.from({ length: 60 }, async () => {
      const { id } = pick(conversations);
      const change = {
        status: pick(["bot", "escalated", "closed"]),
        assigned_agent_id: pick([...ids, null]),
      };
      await sql`update recruiting_conversations set ${sql(change)} where id = ${id}`;
    }));
    await sql`delete from recruiting_conversations where id = ${conversations[0].id}`;
    await sql`delete from recruiting_agents where user_id = ${ids[0]}`;
    await escalate(conversations[1].id);
    const differing = await sql`
      select agent_id, sum(kept)::int as kept, sum(counted)::int as counted from (
        select agent_id, conversations as kept, 0 as counted from private.open_conversations
        union all select agent_id, change, 0 from private.open_conversation_changes
        union all select assigned_agent_id, 0, 1 from recruiting_conversations
          where status <> 'closed' and assigned_agent_id is not null
      ) numbers group by agent_id having sum(kept) <> sum(counted)`;
    assertEquals({ seed, differing: [...differing] }, { seed, differing: [] });
  }));

Deno.test("an escalation passes over an agent whose user is being deleted, and does not wait", () =>
  withAgents(2, async (sql, [first, second]) => {
    const { id } = await startConversation();
    const deletion = await sql.reserve();
    try {
      await deletion`begin`;
      await deletion`select from auth.users where id = ${first} for update`;
      const [{ agent_id }] = await sql.begin(async (escalation) => {
        await escalation`set local lock_timeout = '2s'`;
        return await escalation`select recruiting_escalate_conversation(${id}, 'asked') as agent_id`;
      });
      assertEquals(agent_id, second);
    } finally {
      await deletion`rollback`;
      deletion.release();
    }
  }));
