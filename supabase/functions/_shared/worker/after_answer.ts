/**
 * Work after the answer.
 *
 * @see https://supabase.com/docs/guides/functions/background-tasks
 * @module
 */
import { type Log, logFailed } from "../log/log.ts";

declare global {
  /** Exists in Supabase's edge runtime only. */
  var EdgeRuntime: { waitUntil(work: Promise<unknown>): void } | undefined;
}

/**
 * Starts work that outlives the answer. The platform keeps the worker alive for it, within limits, so the
 * work must be safe to cut off at any moment.
 *
 * @param work The work. An error that it throws is logged by its name.
 * @param log The function's log.
 */
export function afterAnswer(work: () => Promise<void>, log: Log): void {
  const running = work().catch((error) => logFailed(log, error));
  globalThis.EdgeRuntime?.waitUntil(running);
}

/**
 * Keeps the worker alive when a promise fails that no code awaits. In Deno 2.1 an HTTP answer that breaks
 * off in the middle leaves such a promise, and would end all other work of the worker.
 */
export function surviveUnhandledRejections(log: Log): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    logFailed(log, event.reason);
  });
}
