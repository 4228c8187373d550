import {
  type ConversationFilter,
  type ListedConversation,
  readConversationList,
} from "../../client/conversation_list.ts";
import { assertEquals } from "../support/assert.ts";
import { ADMIN_DATABASE_URL, asNewAgent, type SignedInUser, withSql } from "../support/stack.ts";
import { newPhone } from "../support/twilio.ts";
import { withoutTriggers } from "../support/without_triggers.ts";

interface Row extends ListedConversation {
  recruit_name: string | null;
}

/** The names of an agent's list, of the conversations whose names begin with a prefix. */
async function namesOf(
  { client, id }: SignedInUser,
  filter: ConversationFilter,
  prefix: string,
  count = 50,
) {
  const { conversations, hasMore } = await readConversationList<Row>(client, {
    agentId: id,
    filter,
    count,
    columns: "id, recruit_name, waiting_since, last_message_at",
    extend: (query) => query.like("recruit_name", `${prefix}%`),
    signal: AbortSignal.timeout(10_000),
  });
  return {
    names: conversations.map(({ recruit_name }) => recruit_name?.slice(prefix.length)),
    hasMore,
  };
}

/** Whose a conversation is, its status, and the hours since its last text and since the recruit waits. */
type Seed = [
  name: string,
  owner: "mine" | "unassigned" | "another's",
  status: string,
  texted: number,
  waits?: number,
];

const SEEDS: Seed[] = [
  ["bot, new", "unassigned", "bot", 0],
  ["bot, of the agent", "mine", "bot", 2],
  ["mine, answered", "mine", "escalated", 1],
  ["mine, 3 h", "mine", "escalated", 1, 3],
  ["mine, 5 h", "mine", "escalated", 4, 5],
  ["unassigned, no text", "unassigned", "escalated", 9],
  ["unassigned, 1 h", "unassigned", "escalated", 1, 1],
  ["unassigned, 8 h", "unassigned", "escalated", 8, 8],
  ["closed", "unassigned", "closed", 3],
  ["closed, of the agent", "mine", "closed", 6],
  ["closed, 2 h", "unassigned", "closed", 2, 2],
  ["another's", "another's", "escalated", 1, 9],
];

/** What each filter lists, in this order. */
const LISTS: Record<ConversationFilter, string[]> = {
  all: [
    "unassigned, 8 h",
    "closed, 2 h",
    "unassigned, 1 h",
    "unassigned, no text",
    "mine, 5 h",
    "mine, 3 h",
    "bot, new",
    "mine, answered",
    "bot, of the agent",
    "closed",
    "closed, of the agent",
  ],
  mine: ["mine, 5 h", "mine, 3 h", "mine, answered"],
  unassigned: ["unassigned, 8 h", "unassigned, 1 h", "unassigned, no text"],
  bot: ["bot, new", "bot, of the agent"],
  closed: ["closed, 2 h", "closed", "closed, of the agent"],
};

Deno.test("the list is in the order in which recruits wait", (t) =>
  withSql(async (sql) => {
    const [agent, other] = [await asNewAgent(), await asNewAgent()];
    const prefix = `${agent.id} `;
    const owners = { "mine": agent.id, "unassigned": null, "another's": other.id };
    try {
      for (const [name, owner, status, texted, waits] of SEEDS) {
        const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000);
        await sql`insert into recruiting_conversations ${
          sql({
            recruit_phone: newPhone(),
            twilio_phone: "+15550100000",
            recruit_name: prefix + name,
            status,
            assigned_agent_id: owners[owner],
            last_message_at: ago(texted),
            waiting_since: waits === undefined ? null : ago(waits),
          })
        }`;
      }
      for (const filter of ["all", "mine", "unassigned", "bot", "closed"] as const) {
        await t.step(filter, async () => {
          const names = LISTS[filter];
          assertEquals(await namesOf(agent, filter, prefix), { names, hasMore: false });
          // Every length of a page ends at the right place, also between two parts.
          for (let count = 1; count < names.length; count++) {
            assertEquals(await namesOf(agent, filter, prefix, count), {
              names: names.slice(0, count),
              hasMore: true,
            });
          }
        });
      }
    } finally {
      await sql`delete from recruiting_conversations where recruit_name like ${prefix + "%"}`;
    }
  }));

Deno.test("an agent with 10,000 conversations reads the 50 longest waits, and that there are more", () =>
  withSql(async (sql) => {
    const agent = await asNewAgent();
    const prefix = `${agent.id} `;
    const phones = newPhone().slice(0, 7);
    await withoutTriggers(sql, (tx) =>
      tx`insert into recruiting_conversations
          (recruit_phone, twilio_phone, recruit_name, status, assigned_agent_id, last_message_at, waiting_since)
        select ${phones} || lpad(n::text, 6, '0'), '+15550100000', ${prefix} || n, 'escalated', ${agent.id},
          now() - n * interval '1 second', case when n % 2 = 0 then now() - n * interval '1 minute' end
        from generate_series(1, 10000) n order by hashint8(n)`);
    try {
      const { names, hasMore } = await namesOf(agent, "all", prefix);
      assertEquals(names, Array.from({ length: 50 }, (_, index) => String(10_000 - 2 * index)));
      assertEquals(hasMore, true);
    } finally {
      await withoutTriggers(
        sql,
        (tx) => tx`delete from recruiting_conversations where assigned_agent_id = ${agent.id}`,
      );
    }
  }, ADMIN_DATABASE_URL));
