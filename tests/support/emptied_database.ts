/**
 * A database that the tests of a file use one after the other, each with the rows of a new one.
 *
 * @module
 */
import postgres from "postgres";
import { databaseUrl } from "../../local/settings/addresses.ts";
import { type Keepable, withKept } from "./kept.ts";
import { createDatabase, dropDatabase, newDatabaseName } from "./own_database.ts";
import { ADMIN_DATABASE_URL, PORTS, withOwnSql } from "./stack.ts";

/** The schemas whose rows tests write. */
const SCHEMAS = ["public", "private", "realtime", "auth", "storage"];

/**
 * Runs a test with every migration applied and no row in any table, as `withOwnDatabase` does, for half of
 * the CPU time: the next test of the file gets the same database, without the rows, and the same
 * connections, which have read the catalogs and compiled the functions.
 *
 * A test must leave the schema and its session as they were, and must not depend on statistics or on the
 * size of a table's files. One that cannot needs `withOwnDatabase`.
 *
 * @param use Gets connections as `postgres`, the role that migrations have, and as the superuser.
 * @throws {Error} If the test has changed the schema.
 */
export async function withEmptiedDatabase(
  use: (sql: postgres.Sql, admin: postgres.Sql) => Promise<void>,
): Promise<void> {
  await withKept("emptied database", () => new EmptiedDatabase(), async (database) => {
    const { sql, admin } = await database.empty();
    await use(sql, admin);
    await database.checkSchema();
  });
}

class EmptiedDatabase implements Keepable {
  #name = newDatabaseName();
  #sql = openSql("postgres", this.#name);
  #admin = openSql("supabase_admin", this.#name);
  /** Deletes the rows that tests have written, and writes those that migrations have written. */
  #emptying = "";
  #schema = "";

  /** Makes it as new. The first test gets it as it was created. */
  async empty(): Promise<{ sql: postgres.Sql; admin: postgres.Sql }> {
    if (this.#emptying) {
      await this.#admin.unsafe(this.#emptying);
    } else {
      await withOwnSql(ADMIN_DATABASE_URL, (server) => createDatabase(server, this.#name));
      this.#schema = await schemaOf(this.#admin);
      this.#emptying = await emptyingOf(this.#admin);
    }
    return { sql: this.#sql, admin: this.#admin };
  }

  async checkSchema(): Promise<void> {
    if (await schemaOf(this.#admin) !== this.#schema) {
      throw new Error("The test has changed the schema: it needs withOwnDatabase");
    }
  }

  reset(): boolean {
    return true;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#sql, this.#admin].map((sql) => sql.end({ timeout: 5 })));
    await withOwnSql(ADMIN_DATABASE_URL, (server) => dropDatabase(server, this.#name));
  }
}

function openSql(role: string, name: string): postgres.Sql {
  return postgres(databaseUrl(PORTS, role, name), { onnotice: () => {} });
}

/** What a new database's tables need to be as they are: SQL in one transaction, whose triggers do not fire. */
async function emptyingOf(admin: postgres.Sql): Promise<string> {
  const tables = await admin<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_class c
    where c.relnamespace::regnamespace::text in ${admin(SCHEMAS)}
      and c.relkind in ('r', 'p') and not c.relispartition`;
  const statements = await Promise.all(tables.map(async ({ name }) => {
    const [{ rows }] = await admin.unsafe(
      `select quote_literal(jsonb_agg(to_jsonb(t))) as rows from ${name} t`,
    );
    return `delete from ${name};` +
      (rows
        ? `insert into ${name} select * from jsonb_populate_recordset(null::${name}, ${rows});`
        : "");
  }));
  return `set local session_replication_role = replica; ${statements.join("\n")}`;
}

/** The newest and the number of the entries in each catalog of the schema. */
async function schemaOf(admin: postgres.Sql): Promise<string> {
  const catalogs = [
    "pg_class",
    "pg_attribute",
    "pg_proc",
    "pg_trigger",
    "pg_constraint",
    "pg_policy",
  ];
  const [row] = await admin.unsafe(
    `select ${
      catalogs.map((name) =>
        `(select count(*) || ' ' || max(xmin::text::bigint) from ${name}) as ${name}`
      ).join()
    }`,
  );
  return JSON.stringify(row);
}
