/**
 * The agents to whom an escalation may go.
 *
 * @module
 */
import type postgres from "postgres";
import { asNewAgent, withSql } from "./stack.ts";

/** Runs a test with so many available agents, and no others. Their ids are in order. */
export function withAgents(
  count: number,
  use: (sql: postgres.Sql, ids: string[]) => Promise<void>,
): Promise<void> {
  return withSql(async (sql) => {
    const others =
      await sql`update recruiting_agents set is_available = false where is_available returning user_id`;
    const agents = await Promise.all(Array.from({ length: count }, () => asNewAgent()));
    try {
      await use(sql, agents.map(({ id }) => id).sort());
    } finally {
      await sql`delete from recruiting_agents where user_id in ${
        sql(agents.map(({ id }) => id).concat(crypto.randomUUID()))
      }`;
      await sql`update recruiting_agents set is_available = true
        where user_id in ${sql(others.map(({ user_id }) => user_id).concat(crypto.randomUUID()))}`;
    }
  });
}
