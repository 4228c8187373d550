/**
 * A contender's processes: its two functions and its REST endpoint.
 *
 * @module
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Contender } from "./contenders.ts";
import type { DatabaseAddress } from "./databases.ts";
import type { Webhook } from "./requests.ts";
import { ServerProcess } from "./server_process.ts";
import { contenderEnvironment } from "./settings.ts";

/** The REST endpoint that the functions call: `thin` hides nothing, `lite` is the local stack's. */
export type RestKind = "thin" | "lite";

/** A contender that runs. */
export interface Deployed {
  contender: Contender;
  functions: Record<Webhook, ServerProcess>;
  /** The number of requests that the REST endpoint has had. */
  roundTrips(): Promise<number>;
}

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const WORKER = path("../../local/functions/worker.ts");
const ROOT_CONFIG = path("../../deno.json");

const ENDPOINTS: Record<RestKind, { script: string; role: string }> = {
  thin: { script: path("rest/thin_endpoint.ts"), role: "authenticator" },
  lite: { script: path("rest/lite_endpoint.ts"), role: "supabase_admin" },
};

/** Starts contenders, runs something, and ends every process. */
export async function withDeployed<Result>(
  contenders: Contender[],
  rest: RestKind,
  address: DatabaseAddress,
  use: (deployed: Deployed[]) => Promise<Result>,
): Promise<Result> {
  const started: ServerProcess[] = [];
  const start = async (args: string[], env?: Record<string, string>) => {
    const server = await ServerProcess.start({ args, env });
    started.push(server);
    return server;
  };
  try {
    const deployed: Deployed[] = [];
    for (const contender of contenders) {
      const { script, role } = ENDPOINTS[rest];
      const endpoint = await start([
        `--config=${ROOT_CONFIG}`,
        script,
        address(contender.database, role),
      ]);
      const url = `http://127.0.0.1:${endpoint.port}`;
      const env = await contenderEnvironment(url);
      const startFunction = (webhook: Webhook) =>
        start([
          `--config=${contender.config}`,
          WORKER,
          pathToFileURL(contender.entry(webhook)).href,
        ], env);
      deployed.push({
        contender,
        functions: {
          "sms-inbound": await startFunction("sms-inbound"),
          "sms-status": await startFunction("sms-status"),
        },
        roundTrips: async () => await (await fetch(`${url}/count`)).json(),
      });
    }
    return await use(deployed);
  } finally {
    for (const server of started) await server.stop();
  }
}
