/**
 * What the schedule does when hosted, faster: calls sms-reconcile again and again.
 *
 * @module
 */
import type { EdgeFunction } from "../../local/functions/edge_function.ts";
import { callAsPlatform, startWorker } from "./function_worker.ts";
import type { Keepable } from "./kept.ts";

/**
 * When the first call comes, in ms after the start: `SOON` where a test waits for what a schedule does,
 * `LATE` where only a loaded machine leaves something to it. Most tests end before: they need no second worker.
 */
export const FIRST_CALL_MS = { SOON: 1_000, LATE: 8_000 };

/** How long after one call the next one follows, in ms. */
const PAUSE_MS = 250;

/**
 * Seconds of Twilio's log that a run compares again: two, so that a span is never empty. By default they are
 * ten minutes, in which other tests have sent hundreds of messages.
 */
export const SHORT_OVERLAP = { RECONCILE_OVERLAP_SECONDS: "2" };

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

/** A worker of sms-reconcile that starts when it is called first. */
export interface LazyReconciler extends Keepable {
  call(): Promise<Response>;
}

/** Prepares a worker of sms-reconcile with an environment. */
export function lazyReconciler(
  env: Record<string, string>,
  onLog: (line: string) => void,
): LazyReconciler {
  let worker: EdgeFunction | undefined;
  return {
    call() {
      worker ??= startWorker("sms-reconcile", { ...env, ...SHORT_OVERLAP }, onLog);
      return callAsPlatform(worker, "sms-reconcile", { wait: true });
    },
    reset: () => true,
    async stop() {
      // A call whose worker is stopped before it listens is answered much later.
      await worker?.ready().catch(() => {});
      await worker?.stop();
    },
  };
}

/** Calls a reconciler until it is stopped. The reconciler goes on. */
export function startSchedule(
  { call }: LazyReconciler,
  firstCallMs = FIRST_CALL_MS.SOON,
): Schedule {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isPaused = false;
  let calling = Promise.resolve();
  const callAfter = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      calling = call().then(async (response) => {
        await response.body?.cancel();
        if (!isPaused) callAfter(PAUSE_MS);
      });
    }, ms);
  };
  const pause = async () => {
    isPaused = true;
    clearTimeout(timer);
    await calling;
  };
  callAfter(firstCallMs);
  return {
    pause,
    resume() {
      isPaused = false;
      callAfter(0);
    },
    reconcile: async () => await (await call()).json(),
    stop: pause,
  };
}
