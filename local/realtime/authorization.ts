/**
 * Decides who may read a private topic, as the hosted server does: it inserts a row into
 * realtime.messages, selects it as the caller's role under its policies, and rolls back.
 *
 * @see https://supabase.com/docs/guides/realtime/authorization
 * @module
 */
import postgres from "postgres";
import type { Claims } from "./token.ts";

/** Thrown to roll the transaction back. */
class RolledBack extends Error {
  constructor(readonly mayRead: boolean) {
    super();
  }
}

/** Decides about private topics. */
export interface Authorization {
  /**
   * Tests whether a caller with these claims may read a topic. False for an unknown role.
   *
   * @throws {Error} If the database cannot be reached.
   */
  mayRead(topic: string, claims: Claims): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Opens the connections for the decisions.
 *
 * @param url The database's address as a superuser.
 */
export function openAuthorization(url: string): Authorization {
  const sql = postgres(url, { max: 4, idle_timeout: 5, connect_timeout: 5, onnotice: () => {} });
  return {
    async mayRead(topic, claims) {
      try {
        await sql.begin((sql) => probe(sql, topic, claims));
        return false;
      } catch (error) {
        if (error instanceof RolledBack) return error.mayRead;
        throw error;
      }
    },
    close: () => sql.end({ timeout: 1 }),
  };
}

async function probe(sql: postgres.TransactionSql, topic: string, claims: Claims): Promise<never> {
  const [{ id }] = await sql<{ id: string }[]>`
    insert into realtime.messages (topic, extension) values (${topic}, 'broadcast') returning id`;
  const settings = {
    "realtime.topic": topic,
    "request.jwt.claims": JSON.stringify(claims),
    "request.jwt.claim.sub": claims.sub ?? "",
    "request.jwt.claim.role": claims.role,
    "request.headers": "{}",
  };
  for (const [name, value] of Object.entries(settings)) {
    await sql`select set_config(${name}, ${value}, true)`;
  }
  throw new RolledBack(await isVisible(sql, id, claims.role));
}

async function isVisible(sql: postgres.TransactionSql, id: string, role: string): Promise<boolean> {
  try {
    await sql`set local role ${sql(role)}`;
    return (await sql`select from realtime.messages where id = ${id}`).length > 0;
  } catch (error) {
    // The role does not exist, or a policy fails on these claims: the caller may not read.
    if (error instanceof postgres.PostgresError) return false;
    throw error;
  }
}
