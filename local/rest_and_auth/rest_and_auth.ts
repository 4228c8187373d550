/**
 * /rest/v1 and /auth/v1 on the stack's Postgres: calls of database functions with PostgREST's own SQL,
 * everything else by npm:@supabase/lite.
 *
 * @see https://docs.lite.dev
 * @module
 */
import { answerAdminCall } from "./admin_users.ts";
import { allowReading, answerPreflight } from "./cors.ts";
import { openFunctionCalls } from "./function_calls.ts";
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
 * @param urlAs The database's address as a role: as a superuser for lite, as `authenticator` for calls of
 *   functions. Each request runs as the role of its key or token.
 */
export function openRestAndAuth(
  urlAs: (role: "supabase_admin" | "authenticator") => string,
): RestAndAuth {
  ignoreLateWrites();
  const open = () => ({
    lite: openLite(urlAs("supabase_admin")),
    calls: openFunctionCalls(urlAs("authenticator")),
  });
  let { lite, calls } = open();
  const close = async (opened: ReturnType<typeof open>) => {
    await Promise.all([opened.lite.connection.close(), opened.calls.close()]);
  };
  return {
    async fetch(request) {
      const preflight = answerPreflight(request);
      if (preflight) return preflight;
      if (new URL(request.url).pathname.startsWith("/auth/")) {
        const callAuth = (passedOn: Request) => callLite(lite.app, passedOn);
        return allowReading(await answerAdminCall(request, callAuth) ?? await callAuth(request));
      }
      return await calls.fetch(request, (passedOn) => callLite(lite.app, passedOn));
    },
    reconnect() {
      const before = { lite, calls };
      ({ lite, calls } = open());
      close(before).catch(() => {});
    },
    close: () => close({ lite, calls }),
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
 * to it once more. The query itself rejects, and the next one opens a new connection. An error that
 * Postgres has answered is none of these.
 */
function ignoreLateWrites(): void {
  const isLostConnection = (thrown: unknown) =>
    thrown instanceof Error && thrown.name !== "PostgresError" &&
    thrown.stack?.includes("/postgres/src/connection.js");
  globalThis.addEventListener("error", (event) => {
    if (isLostConnection(event.error)) event.preventDefault();
  });
  globalThis.addEventListener("unhandledrejection", (event) => {
    if (isLostConnection(event.reason)) event.preventDefault();
  });
}
