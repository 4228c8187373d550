/**
 * A contender's processes: its two functions and its REST endpoint.
 *
 * @module
 */
import type { Contender } from "./contenders.ts";
import type { DatabaseAddress } from "./databases.ts";
import { type Webhook, WEBHOOKS } from "./requests.ts";
import { startEndpoint } from "./rest/endpoint.ts";
import { type ServerProcess, startFunctionProcess } from "./server_process.ts";
import { contenderEnvironment } from "./settings.ts";
import { type Cost, costUntilNow, openStatistics } from "./statement_costs.ts";

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

/** Starts contenders, runs something, and ends every process. */
export async function withDeployed<Result>(
  contenders: Contender[],
  address: DatabaseAddress,
  use: (deployed: Deployed[]) => Promise<Result>,
): Promise<Result> {
  const statistics = await openStatistics(address);
  const started: ServerProcess[] = [];
  const keep = async (starting: Promise<ServerProcess>) => {
    const server = await starting;
    started.push(server);
    return server;
  };
  try {
    const deployed = await Promise.all(contenders.map(async (contender): Promise<Deployed> => {
      const { port } = await keep(startEndpoint(contender.database, address));
      const url = `http://127.0.0.1:${port}`;
      const env = contenderEnvironment(url);
      const [inbound, status] = await Promise.all(
        WEBHOOKS.map((webhook) =>
          keep(startFunctionProcess({
            args: [`--config=${contender.config}`],
            entry: contender.entry(webhook),
            env,
          }))
        ),
      );
      return {
        contender,
        functions: { "sms-inbound": inbound, "sms-status": status },
        roundTrips: async () => await (await fetch(`${url}/count`)).json(),
        databaseCost: () => costUntilNow(statistics, contender.database),
        lastCall: async () => await (await fetch(`${url}/last-call`)).json(),
      };
    }));
    return await use(deployed);
  } finally {
    await Promise.all(started.map((server) => server.stop()));
    await statistics.end();
  }
}
