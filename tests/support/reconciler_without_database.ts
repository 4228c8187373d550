/**
 * A worker of sms-reconcile whose database is away: what it answers at once needs none, and nothing is done.
 *
 * @module
 */
import type { EdgeFunction } from "../../local/functions/edge_function.ts";
import { stackEnvironment, startWorker } from "./function_worker.ts";
import { type Keepable, withKept } from "./kept.ts";

interface KeptWorker extends Keepable {
  worker: EdgeFunction;
}

/** Runs a test with such a worker. Tests of a file share the worker of the same settings. */
export async function withoutDatabase(
  use: (worker: EdgeFunction) => Promise<void>,
  settings: Record<string, string> = {},
): Promise<void> {
  const env = await stackEnvironment({ SUPABASE_URL: "http://127.0.0.1:9", ...settings });
  const start = (): KeptWorker => {
    const worker = startWorker("sms-reconcile", env);
    return { worker, reset: () => true, stop: () => worker.stop() };
  };
  const key = `without database ${JSON.stringify(settings)}`;
  await withKept(key, start, ({ worker }) => use(worker));
}
