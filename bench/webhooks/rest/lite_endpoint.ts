/**
 * The REST endpoint of the local stack, npm:@supabase/lite. A process of its own:
 * `lite_endpoint.ts <database's address as a superuser>`.
 *
 * @module
 */
import { openRestAndAuth } from "../../../local/rest_and_auth/rest_and_auth.ts";
import { countedServer } from "./counted_server.ts";

const [databaseUrl] = Deno.args;
const rest = openRestAndAuth((role) =>
  Object.assign(new URL(databaseUrl), { username: role }).href
);
countedServer(({ method, headers }, url, body) =>
  rest.fetch(new Request(url, { method, headers, body }))
);
