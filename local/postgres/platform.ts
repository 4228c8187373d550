/**
 * Turns an empty Postgres into what a new Supabase project is before its first migration.
 *
 * @module
 */
import postgres from "postgres";
import { databaseUrl, type Ports } from "../settings/addresses.ts";
import { makeAuthTables } from "../rest_and_auth/rest_and_auth.ts";

/**
 * Makes the cluster's roles and the platform's schemas in database `postgres`.
 *
 * @param ports Where Postgres listens.
 */
export async function createPlatform(ports: Ports): Promise<void> {
  const sql = connectAsAdmin(ports);
  try {
    await sql.unsafe(await sqlFile("roles.sql"));
    await sql.unsafe("alter database postgres owner to postgres");
  } finally {
    await sql.end();
  }
  await createPlatformSchemas(ports, "postgres");
}

/** Makes the platform's schemas, auth and realtime, in one database of the cluster. */
export async function createPlatformSchemas(
  ports: Ports,
  database: string,
): Promise<void> {
  const sql = connectAsAdmin(ports, database);
  try {
    await sql.unsafe(await sqlFile("database.sql"));
    await makeAuthTables(databaseUrl(ports, "supabase_admin", database));
    await sql.unsafe(await sqlFile("auth.sql"));
    await sql.unsafe(await sqlFile("hosted_limits.sql"));
  } finally {
    await sql.end();
  }
}

/** Makes the partitions of realtime.messages from yesterday to three days ahead. */
export async function makeRealtimePartitions(ports: Ports): Promise<void> {
  const sql = connectAsAdmin(ports);
  try {
    await sql`select realtime.make_partitions()`;
  } finally {
    await sql.end();
  }
}

function connectAsAdmin(ports: Ports, database = "postgres"): postgres.Sql {
  return postgres(databaseUrl(ports, "supabase_admin", database), {
    max: 1,
    onnotice: () => {},
  });
}

function sqlFile(name: string): Promise<string> {
  return Deno.readTextFile(new URL(name, import.meta.url));
}
