/**
 * /rest/v1 and /auth/v1: npm:@supabase/lite, a PostgREST and GoTrue for one process,
 * on the stack's Postgres.
 *
 * @see https://docs.lite.dev
 * @module
 */
import { allowReading, answerPreflight } from "./cors.ts";
import { askLite, openLite } from "./lite.ts";

/** Answers requests whose path begins with /rest/v1 or /auth/v1. */
export interface RestAndAuth {
  fetch(request: Request): Promise<Response>;
  /**
   * Begins with new connections. postgres.js never gives one back that broke while it wrote, so after
   * some deaths of Postgres none would be left.
   */
  reconnect(): void;
  close(): Promise<void>;
}

/**
 * Opens REST and Auth on a database.
 *
 * @param url The database's address as a superuser: every request runs as the role its key or token names.
 */
export function openRestAndAuth(url: string): RestAndAuth {
  surviveLostConnections();
  let lite = openLite(url);
  return {
    async fetch(request) {
      const preflight = answerPreflight(request);
      if (preflight) return preflight;
      const response = await askLite(lite.app, request);
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

/** Makes schema auth and its tables in a new database. */
export async function makeAuthTables(url: string): Promise<void> {
  const { app, connection } = openLite(url);
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
