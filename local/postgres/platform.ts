/**
 * Gives an empty Postgres the roles and schemas of a new Supabase project.
 *
 * @module
 */
import { getStorageSchemaSql } from "@supabase/lite";
import { makeAuthTables } from "../rest_and_auth/rest_and_auth.ts";
import { databaseUrl, type Ports } from "../settings/addresses.ts";
import { withSql } from "./with_sql.ts";

/** Creates the cluster's roles, and the platform's schemas in database `postgres`. */
export async function createPlatform(ports: Ports): Promise<void> {
  await withSql(adminUrl(ports), async (sql) => {
    await sql.unsafe(await sqlFile("roles.sql"));
    await sql.unsafe("alter database postgres owner to postgres");
  });
  await createPlatformSchemas(ports, "postgres");
}

/** Creates the platform's schemas, auth, storage and realtime, in a database of the cluster. */
export async function createPlatformSchemas(ports: Ports, database: string): Promise<void> {
  const url = adminUrl(ports, database);
  await withSql(url, async (sql) => {
    await sql.unsafe(await sqlFile("database.sql"));
    await makeAuthTables(url);
    await sql.unsafe(await sqlFile("auth.sql"));
    await sql.unsafe(getStorageSchemaSql(false));
    await sql.unsafe(await sqlFile("storage.sql"));
    await sql.unsafe(await sqlFile("hosted_limits.sql"));
  });
}

/** Creates the partitions of realtime.messages from yesterday to three days ahead. */
export async function makeRealtimePartitions(ports: Ports): Promise<void> {
  await withSql(adminUrl(ports), (sql) => sql`select realtime.make_partitions()`);
}

function adminUrl(ports: Ports, database?: string): string {
  return databaseUrl(ports, "supabase_admin", database);
}

function sqlFile(name: string): Promise<string> {
  return Deno.readTextFile(new URL(name, import.meta.url));
}
