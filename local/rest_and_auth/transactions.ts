/**
 * Transactions as PostgREST makes them: one a request, as the caller's role.
 *
 * @see https://docs.postgrest.org/en/stable/references/transactions.html
 * @module
 */
import postgres from "postgres";
import type { Caller } from "./caller.ts";

/** A statement; its text is prepared once per connection. */
export interface Statement {
  text: string;
  parameters: string[];
}

/** A pool of connections as `authenticator`, which may become each role of the API. */
export interface Transactions {
  /**
   * Runs a statement in a transaction of its own.
   *
   * @param request What the statement can read of its request, beside the caller.
   * @returns Its rows.
   * @throws {Error} The error of postgres.js; then the transaction is rolled back.
   */
  run<Row extends postgres.Row>(
    caller: Caller,
    request: Request,
    statement: Statement,
  ): Promise<Row[]>;
  close(): Promise<void>;
}

/** PostgREST's default (db-pool). */
const CONNECTIONS = 10;

/** The settings of a role hold as if it had logged in. */
const SETTINGS = `
  select set_config('search_path', '"public", "extensions"', true),
    set_config('role', $1, true), set_config('request.jwt.claims', $2, true),
    set_config('request.method', $3, true), set_config('request.path', $4, true),
    set_config('request.headers', $5, true),
    set_config('statement_timeout', coalesce((
      select split_part(setting, '=', 2) from pg_catalog.pg_roles, unnest(rolconfig) as setting
      where rolname = $1 and setting like 'statement_timeout=%'
    ), current_setting('statement_timeout')), true)`;

/**
 * Opens the pool. A connection is made when it is needed first.
 *
 * @param url The database's address as `authenticator`.
 */
export function openTransactions(url: string): Transactions {
  const connections = Array.from(
    { length: CONNECTIONS },
    () => postgres(url, { max: 1, onnotice: () => {} }),
  );
  const idle = [...connections];
  const waiting: ((connection: postgres.Sql) => void)[] = [];
  const take = () =>
    idle.pop() ?? new Promise<postgres.Sql>((resolve) => void waiting.push(resolve));
  const giveBack = (connection: postgres.Sql) => {
    const next = waiting.shift();
    if (next) next(connection);
    else idle.push(connection);
  };
  return {
    async run<Row extends postgres.Row>(
      { role, claims }: Caller,
      { method, url, headers }: Request,
      { text, parameters }: Statement,
    ) {
      const settings = [
        role,
        JSON.stringify(claims),
        method,
        new URL(url).pathname.replace("/rest/v1", ""),
        JSON.stringify(Object.fromEntries(headers)),
      ];
      const connection = await take();
      // All four are sent at once. When one fails, Postgres refuses those behind it, and the commit
      // becomes a rollback. Should the connection break between them, `authenticator` alone has no rights.
      const sent = [
        connection.unsafe("begin"),
        connection.unsafe(SETTINGS, settings, { prepare: true }),
        connection.unsafe<Row[]>(text, parameters, { prepare: true }),
        connection.unsafe("commit"),
      ] as const;
      const results = await Promise.allSettled(sent.map((query) => query.execute()));
      giveBack(connection);
      const failed = results.find((result) => result.status === "rejected");
      if (failed) throw failed.reason;
      return await sent[2];
    },
    async close() {
      await Promise.all(connections.map((connection) => connection.end({ timeout: 1 })));
    },
  };
}
