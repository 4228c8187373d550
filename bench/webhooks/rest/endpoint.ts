/**
 * The REST endpoint that a contender's functions call.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { DatabaseAddress } from "../databases.ts";
import { ServerProcess } from "../server_process.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const CONFIG = path("../../../deno.json");
const SCRIPT = path("thin_endpoint.ts");

/** Starts a thin endpoint on a database. */
export function startEndpoint(
  database: string,
  address: DatabaseAddress,
): Promise<ServerProcess> {
  return ServerProcess.start({
    args: [`--config=${CONFIG}`, SCRIPT, address(database, "authenticator")],
  });
}
