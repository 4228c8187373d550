/** The deletion of a user who is an agent, beside a transaction about the agent's conversations. */
import { assertEquals } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { asNewAgent, withSql } from "../support/stack.ts";
import { until } from "../support/wait.ts";

/** So many that the deletion would hardly come to them in the order of their ids by chance. */
const CONVERSATIONS = 8;

Deno.test("the deletion of an agent's user takes the conversations in the lock order", () =>
  withSql(async (sql) => {
    const { id: agentId } = await asNewAgent();
    for (let count = 0; count < CONVERSATIONS; count++) {
      await startConversation({ assigned_agent_id: agentId });
    }
    const other = await sql.reserve();
    try {
      await other`begin`;
      await other`select id from recruiting_conversations where assigned_agent_id = ${agentId}
        order by id limit 1 for no key update`;
      const deleting = sql`delete from auth.users where id = ${agentId}`.then(() => "deleted");
      // Handled at once: a rejection meanwhile would end the test run.
      deleting.catch(() => {});
      await until(async () => {
        const waiting = await sql`
          select from pg_stat_activity
          where wait_event_type = 'Lock' and query like 'delete from auth.users%'`;
        return waiting.length > 0;
      }, "the deletion to wait");
      const locked = await other`select id from recruiting_conversations
        where assigned_agent_id = ${agentId} order by id for no key update`;
      assertEquals(locked.length, CONVERSATIONS);
      await other`commit`;
      assertEquals(await deleting, "deleted");
    } finally {
      await other`rollback`;
      other.release();
    }
    const left =
      await sql`select from recruiting_conversations where assigned_agent_id = ${agentId}`;
    assertEquals(left.length, 0);
  }));
