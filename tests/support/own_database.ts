/**
 * A database of a test's own, for what tests of the shared one would see too.
 *
 * @module
 */
import postgres from "postgres";
import { databaseUrl } from "../../local/settings/addresses.ts";
import { MIGRATED_DATABASE } from "../../local/postgres/migrated_cluster.ts";
import { ADMIN_DATABASE_URL, PORTS, withOwnSql, withSql } from "./stack.ts";

/**
 * Runs a test with every migration applied and no row in any table. The database is dropped afterwards.
 *
 * @param use Gets connections as `postgres`, the role that migrations have, and as the superuser.
 */
export async function withOwnDatabase(
  use: (sql: postgres.Sql, admin: postgres.Sql) => Promise<void>,
): Promise<void> {
  const name = newDatabaseName();
  await withSql(async (server) => {
    try {
      await createDatabase(server, name);
      await withOwnSql(
        databaseUrl(PORTS, "postgres", name),
        (sql) => withOwnSql(databaseUrl(PORTS, "supabase_admin", name), (admin) => use(sql, admin)),
      );
    } finally {
      await dropDatabase(server, name);
    }
  }, ADMIN_DATABASE_URL);
}

/** A name that no other database has. */
export function newDatabaseName(): string {
  return `own_${crypto.randomUUID().replaceAll("-", "")}`;
}

/** Copies the migrated database: files, because writing them to the WAL takes twice the CPU time. */
export async function createDatabase(server: postgres.Sql, name: string): Promise<void> {
  await server.unsafe(
    `create database ${name} template ${MIGRATED_DATABASE} owner postgres strategy file_copy`,
  );
}

/** Drops a database, also one with connections. */
export async function dropDatabase(server: postgres.Sql, name: string): Promise<void> {
  await server.unsafe(`drop database if exists ${name} with (force)`);
}
