/**
 * What the schedule does when hosted, faster: calls sms-reconcile again and again.
 *
 * @module
 */
import type { EdgeFunction } from "../../local/functions/edge_function.ts";
import { callAsPlatform, startWorker } from "./function_worker.ts";

/**
 * When the first call comes, in ms after the start. Most tests end before it, as what they look at does
 * not wait for the schedule: they need no second worker.
 */
const FIRST_CALL_MS = 1_000;

/** How long after one call the next one follows, in ms. */
const PAUSE_MS = 250;

/** How often it is checked whether a call is due, in ms. */
const CHECK_EVERY_MS = 20;

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
  let worker: EdgeFunction | undefined;
  const call = () => {
    worker ??= startWorker("sms-reconcile", env, onLog);
    return callAsPlatform(worker, "sms-reconcile", { wait: true });
  };
  let nextCallAt = performance.now() + FIRST_CALL_MS;
  let isPaused = false;
  let isStopped = false;
  let calling = Promise.resolve();
  const running = (async () => {
    while (!isStopped) {
      if (!isPaused && performance.now() >= nextCallAt) {
        await (calling = call().then((response) => response.body?.cancel()));
        nextCallAt = performance.now() + PAUSE_MS;
      }
      await new Promise((resolve) => setTimeout(resolve, CHECK_EVERY_MS));
    }
  })();
  return {
    async pause() {
      isPaused = true;
      await calling;
    },
    resume() {
      isPaused = false;
      nextCallAt = 0;
    },
    reconcile: async () => await (await call()).json(),
    async stop() {
      isStopped = true;
      // A call whose worker is stopped before it listens is answered much later.
      await worker?.ready().catch(() => {});
      await worker?.stop();
      await running;
    },
  };
}
