/**
 * npm:@supabase/lite, a PostgREST and GoTrue for one process, on the stack's Postgres.
 *
 * @module
 */
import { App } from "@supabase/lite";
import { PostgresConnection } from "@supabase/lite/postgres";
import type { ObjectStore } from "../storage/object_files.ts";
import { quotePhones } from "./phone_filters.ts";
import { likePostgrest } from "./postgrest_errors.ts";
import { JWT_SECRET, PUBLISHABLE_KEY, SECRET_KEY } from "../settings/keys.ts";

/**
 * Opens lite.
 *
 * @param url The database's address as a superuser. Each request runs as the role of its key or
 *   token.
 * @param admin Whether a request without a key runs as the service role. Lite accepts such a
 *   request only from its own page at a loopback address.
 * @param objects Where Storage keeps the contents of objects. Without it Storage is off.
 */
export function openLite(
  url: string,
  { admin = false, objects }: { admin?: boolean; objects?: ObjectStore } = {},
) {
  Deno.env.set("DO_NOT_TRACK", "1");
  const connection = new PostgresConnection({
    url,
    postgresOptions: { onnotice: () => {} },
  });
  // With the default "unknown" the first request would grant all on all tables to anon and
  // authenticated.
  Object.assign(connection, { rlsState: "active" });
  const normalize = connection.normalizeDbError.bind(connection);
  connection.normalizeDbError = (error) => likePostgrest(normalize(error));
  const app = new App({
    connection,
    db: { migrations: { enabled: false } },
    storage: { enabled: objects !== undefined },
    options: { server: { admin } },
    auth: {
      enabled: true,
      jwt_secret: JWT_SECRET,
      publishable_key: PUBLISHABLE_KEY,
      secret_key: SECRET_KEY,
    },
  });
  app._storageAdapter = objects;
  return { app, connection };
}

/** Passes a request to lite. */
export async function callLite(app: App, request: Request): Promise<Response> {
  const { url, method, headers, body } = request;
  // A copy, because lite reads the signal of a request that Deno serves, and Deno warns about that.
  return await app.fetch(new Request(quotePhones(url), { method, headers, body }));
}
