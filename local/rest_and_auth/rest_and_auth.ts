/**
 * /rest/v1 and /auth/v1: npm:@supabase/lite, a PostgREST and GoTrue for one process,
 * on the stack's Postgres.
 *
 * @see https://docs.lite.dev
 * @module
 */
import { App } from "@supabase/lite";
import { PostgresConnection } from "@supabase/lite/postgres";
import { likePostgrest } from "./postgrest_errors.ts";
import { JWT_SECRET, PUBLISHABLE_KEY, SECRET_KEY } from "../stack/keys.ts";

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
  surviveLostConnections();
  const { app, connection } = open(url);
  return {
    // A plain request: of one that Deno serves, lite would touch the signal, and Deno warns of that.
    fetch: async ({ url, method, headers, body }) =>
      await app.fetch(new Request(url, { method, headers, body })),
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

/**
 * When Postgres goes away, postgres.js writes once more to the closed socket from a timer, where
 * nobody can catch it. The query itself fails as it should, and the next one connects anew.
 */
function surviveLostConnections(): void {
  const isLostConnection = (thrown: unknown) =>
    thrown instanceof Error && thrown.stack?.includes("/postgres/src/connection.js");
  globalThis.addEventListener("error", (event) => {
    if (isLostConnection(event.error)) event.preventDefault();
  });
  globalThis.addEventListener("unhandledrejection", (event) => {
    if (isLostConnection(event.reason)) event.preventDefault();
  });
}

function open(url: string) {
  Deno.env.set("DO_NOT_TRACK", "1");
  const connection = new PostgresConnection({
    url,
    postgresOptions: { onnotice: () => {} },
  });
  // Left "unknown", the first request would GRANT ALL ON ALL TABLES to anon and authenticated.
  Object.assign(connection, { rlsState: "active" });
  const normalize = connection.normalizeDbError.bind(connection);
  connection.normalizeDbError = (error) => likePostgrest(normalize(error));
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
