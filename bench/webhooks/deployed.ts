/**
 * A contender's processes: its two functions and its REST endpoint.
 *
 * @module
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import postgres from "postgres";
import type { Contender } from "./contenders.ts";
import type { DatabaseAddress } from "./databases.ts";
import type { Webhook } from "./requests.ts";
import { ServerProcess } from "./server_process.ts";
import { contenderEnvironment } from "./settings.ts";
import { type Cost, costUntilNow, STATISTICS_DATABASE } from "./statement_costs.ts";

/** The REST endpoint that the functions call: `thin` hides nothing, `lite` is the local stack's. */
export type RestKind = "thin" | "lite";

/** A call of a database function. */
export interface DatabaseCall {
  name: string;
  args: Record<string, unknown>;
}

/** A contender that runs. */
export interface Deployed {
  contender: Contender;
  functions: Record<Webhook, ServerProcess>;
  /** The number of requests that the REST endpoint has had. */
  roundTrips(): Promise<number>;
  /** What all statements of its database have cost until now. */
  databaseCost(): Promise<Cost>;
  /** The last call of a database function, with the JSON of its arguments. */
  lastCall(): Promise<DatabaseCall>;
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
  const statistics = postgres(address(STATISTICS_DATABASE, "supabase_admin"), { max: 1 });
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
      const env = contenderEnvironment(url);
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
        databaseCost: () => costUntilNow(statistics, contender.database),
        lastCall: async () => await (await fetch(`${url}/last-call`)).json(),
      });
    }
    return await use(deployed);
  } finally {
    for (const server of started) await server.stop();
    await statistics.end();
  }
}
