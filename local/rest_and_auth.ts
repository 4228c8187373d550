/**
 * /rest/v1 and /auth/v1: npm:@supabase/lite, a PostgREST and GoTrue for one process,
 * on the stack's Postgres.
 *
 * @see https://docs.lite.dev
 * @module
 */
import { App } from "@supabase/lite";
import { PostgresConnection } from "@supabase/lite/postgres";
import { JWT_SECRET, PUBLISHABLE_KEY, SECRET_KEY } from "./keys.ts";

/** Answers requests whose path begins with /rest/v1 or /auth/v1. */
export interface RestAndAuth {
  fetch(request: Request): Promise<Response>;
  close(): Promise<void>;
}

/**
 * Opens REST and Auth on a database.
 *
 * @param url The database's address as a superuser: every request runs as the role its key or token names.
 */
export function openRestAndAuth(url: string): RestAndAuth {
  const { app, connection } = open(url);
  return {
    fetch: async (request) => await app.fetch(request),
    close: () => connection.close(),
  };
}

/** Makes schema auth and its tables in a new database. */
export async function makeAuthTables(url: string): Promise<void> {
  const { app, connection } = open(url);
  try {
    await app.ensureSystemSchema();
  } finally {
    await connection.close();
  }
}

function open(url: string) {
  Deno.env.set("DO_NOT_TRACK", "1");
  const connection = new PostgresConnection({
    url,
    postgresOptions: { onnotice: () => {} },
  });
  // Left "unknown", the first request would GRANT ALL ON ALL TABLES to anon and authenticated.
  Object.assign(connection, { rlsState: "active" });
  const app = new App({
    connection,
    db: { migrations: { enabled: false } },
    auth: {
      enabled: true,
      jwt_secret: JWT_SECRET,
      publishable_key: PUBLISHABLE_KEY,
      secret_key: SECRET_KEY,
    },
  });
  return { app, connection };
}
