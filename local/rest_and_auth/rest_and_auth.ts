/**
 * /rest/v1 and /auth/v1, served by npm:@supabase/lite on the stack's Postgres.
 *
 * @see https://docs.lite.dev
 * @module
 */
import { allowReading, answerPreflight } from "./cors.ts";
import { callLite, openLite } from "./lite.ts";

/** Answers requests whose path begins with /rest/v1 or /auth/v1. */
export interface RestAndAuth {
  fetch(request: Request): Promise<Response>;
  /**
   * Replaces the connections. postgres.js does not reuse a connection that broke during a write, so
   * that after some restarts of Postgres its pool would be empty.
   */
  reconnect(): void;
  close(): Promise<void>;
}

/**
 * Opens REST and Auth on a database.
 *
 * @param url The database's address as a superuser. Each request runs as the role of its key or
 *   token.
 */
export function openRestAndAuth(url: string): RestAndAuth {
  ignoreLateWrites();
  let lite = openLite(url);
  return {
    async fetch(request) {
      const preflight = answerPreflight(request);
      if (preflight) return preflight;
      const response = await callLite(lite.app, request);
      return new URL(request.url).pathname.startsWith("/auth/") ? allowReading(response) : response;
    },
    reconnect() {
      const { connection } = lite;
      lite = openLite(url);
      connection.close().catch(() => {});
    },
    close: () => lite.connection.close(),
  };
}

/** Creates schema auth and its tables in a new database. */
export async function makeAuthTables(url: string): Promise<void> {
  const { app, connection } = openLite(url);
  try {
    await app.ensureSystemSchema();
  } finally {
    await connection.close();
  }
}

/**
 * Ignores an uncaught error of postgres.js: after Postgres has closed a connection, a timer writes
 * to it once more. The query itself rejects, and the next one opens a new connection.
 */
function ignoreLateWrites(): void {
  const isLostConnection = (thrown: unknown) =>
    thrown instanceof Error && thrown.stack?.includes("/postgres/src/connection.js");
  globalThis.addEventListener("error", (event) => {
    if (isLostConnection(event.error)) event.preventDefault();
  });
  globalThis.addEventListener("unhandledrejection", (event) => {
    if (isLostConnection(event.reason)) event.preventDefault();
  });
}
