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
  const name = `own_${crypto.randomUUID().replaceAll("-", "")}`;
  await withSql(async (server) => {
    try {
      // Copying files takes half of the CPU time of writing them to the WAL.
      await server.unsafe(
        `create database ${name} template ${MIGRATED_DATABASE} owner postgres strategy file_copy`,
      );
      await withOwnSql(
        databaseUrl(PORTS, "postgres", name),
        (sql) => withOwnSql(databaseUrl(PORTS, "supabase_admin", name), (admin) => use(sql, admin)),
      );
    } finally {
      await server.unsafe(`drop database if exists ${name} with (force)`);
    }
  }, ADMIN_DATABASE_URL);
}
