/**
 * What the schedule does when hosted, faster: calls sms-reconcile again and again.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { EdgeFunction } from "../../local/functions/edge_function.ts";
import { SECRET_KEY } from "../../local/settings/keys.ts";

/** How long after one call the next one follows, in ms. */
const PAUSE_MS = 100;

/** A schedule that runs. */
export interface Schedule {
  /** From now on nothing is called. Resolves when the call under way has ended. */
  pause(): Promise<void>;
  resume(): void;
  /** Calls once, and returns the answer when the work is done. */
  reconcile(): Promise<Reconciled>;
  stop(): Promise<void>;
}

/** What sms-reconcile answers. */
export interface Reconciled {
  status: string;
  turns: number;
  sends: { confirmed: number; sent_again: number; failed: number };
  inbound: { listed: number; brought_in: number };
  statuses: { asked: number; updated: number };
  cursor: string | null;
}

/** Calls a worker of sms-reconcile with an environment until it is stopped. */
export function startSchedule(
  env: Record<string, string>,
  onLog: (line: string) => void,
): Schedule {
  const entry = fileURLToPath(
    new URL("../../supabase/functions/sms-reconcile/index.ts", import.meta.url),
  );
  const worker = new EdgeFunction({ name: "sms-reconcile", entry, env, onLog });
  let isStopped = false;
  let isPaused = false;
  let calling = Promise.resolve();
  const call = async () => void await (await reconcile(worker)).body?.cancel();
  const running = (async () => {
    while (!isStopped) {
      if (!isPaused) await (calling = call());
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  })();
  return {
    async pause() {
      isPaused = true;
      await calling;
    },
    resume: () => void (isPaused = false),
    reconcile: async () => await (await reconcile(worker)).json(),
    async stop() {
      isStopped = true;
      await worker.stop();
      await running;
    },
  };
}

function reconcile(worker: EdgeFunction): Promise<Response> {
  return worker.fetch(
    new Request("http://localhost/sms-reconcile", {
      method: "POST",
      headers: { apikey: SECRET_KEY },
      body: JSON.stringify({ wait: true }),
    }),
    "/sms-reconcile",
  );
}
