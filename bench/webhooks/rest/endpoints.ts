/**
 * The REST endpoints that a contender's functions can call.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { DatabaseAddress } from "../databases.ts";
import { ServerProcess } from "../server_process.ts";

/** `thin` hides nothing, `lite` is the local stack's. */
export type RestKind = "thin" | "lite";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const CONFIG = path("../../../deno.json");

const ENDPOINTS: Record<RestKind, { script: string; role: string }> = {
  thin: { script: path("thin_endpoint.ts"), role: "authenticator" },
  lite: { script: path("lite_endpoint.ts"), role: "supabase_admin" },
};

/** Starts an endpoint on a database. */
export function startEndpoint(
  kind: RestKind,
  database: string,
  address: DatabaseAddress,
): Promise<ServerProcess> {
  const { script, role } = ENDPOINTS[kind];
  return ServerProcess.start({ args: [`--config=${CONFIG}`, script, address(database, role)] });
}
