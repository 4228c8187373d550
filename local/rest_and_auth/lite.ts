/**
 * npm:@supabase/lite on the stack's Postgres.
 *
 * @module
 */
import { App } from "@supabase/lite";
import { PostgresConnection } from "@supabase/lite/postgres";
import { quotePhones } from "./phone_filters.ts";
import { likePostgrest } from "./postgrest_errors.ts";
import { JWT_SECRET, PUBLISHABLE_KEY, SECRET_KEY } from "../settings/keys.ts";

/**
 * Opens lite.
 *
 * @param url The database's address as a superuser: every request runs as the role its key or token names.
 * @param admin Whether requests without any key are the service role's. Lite sees to it that they
 *   come from a page of its own, at a loopback address.
 */
export function openLite(url: string, { admin = false } = {}) {
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
    options: { server: { admin } },
    auth: {
      enabled: true,
      jwt_secret: JWT_SECRET,
      publishable_key: PUBLISHABLE_KEY,
      secret_key: SECRET_KEY,
    },
  });
  return { app, connection };
}

/** Hands a request on to lite. */
export async function askLite(app: App, request: Request): Promise<Response> {
  const { url, method, headers, body } = request;
  // A plain request: of one that Deno serves, lite would touch the signal, and Deno warns of that.
  return await app.fetch(new Request(quotePhones(url), { method, headers, body }));
}
