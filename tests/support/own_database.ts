/**
 * A database of a test's own, for what a test of the shared one would see too.
 *
 * @module
 */
import postgres from "postgres";
import { migrate } from "../../local/postgres/migrations.ts";
import { createPlatformSchemas } from "../../local/postgres/platform.ts";
import { databaseUrl } from "../../local/settings/addresses.ts";
import { ADMIN_DATABASE_URL, PORTS, withSql } from "./stack.ts";

/**
 * Runs a test with every migration applied and no row in any table.
 *
 * @param name The database's name; it is dropped afterwards.
 * @param use Gets connections as `postgres`, the role that migrations have, and as the superuser.
 */
export async function withOwnDatabase(
  name: string,
  use: (sql: postgres.Sql, admin: postgres.Sql) => Promise<void>,
): Promise<void> {
  const server = postgres(ADMIN_DATABASE_URL, { max: 1, onnotice: () => {} });
  try {
    await server.unsafe(`create database ${name} owner postgres`);
    await createPlatformSchemas(PORTS, name);
    await migrate(databaseUrl(PORTS, "postgres", name));
    await withSql(
      (sql) => withSql((admin) => use(sql, admin), databaseUrl(PORTS, "supabase_admin", name)),
      databaseUrl(PORTS, "postgres", name),
    );
  } finally {
    await server.unsafe(`drop database if exists ${name} with (force)`);
    await server.end();
  }
}
