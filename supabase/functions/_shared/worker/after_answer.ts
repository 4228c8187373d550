/**
 * Work that goes on after the answer.
 *
 * @see https://supabase.com/docs/guides/functions/background-tasks
 * @module
 */
import { errorName } from "../log/error_name.ts";
import type { Log } from "../log/log.ts";

declare global {
  /** Exists where Supabase runs the function, and not in plain Deno. */
  var EdgeRuntime: { waitUntil(work: Promise<unknown>): void } | undefined;
}

/**
 * Lets work go on when the answer is out. The platform keeps the worker alive for it, within limits:
 * the work must bear being cut off at any moment.
 *
 * @param work The work. An error that it throws is logged by its name.
 */
export function afterAnswer(work: () => Promise<void>, log: Log): void {
  const running = work().catch((error) => logFailure(log, error));
  globalThis.EdgeRuntime?.waitUntil(running);
}

/**
 * Keeps the worker, and whatever else it has under way, alive when a promise fails that nobody holds:
 * in Deno 2.1 an HTTP answer that breaks off in the middle leaves one behind.
 */
export function surviveUnhandledRejections(log: Log): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    logFailure(log, event.reason);
  });
}

function logFailure(log: Log, error: unknown): void {
  log("error", "failed", { reason: errorName(error) });
}
