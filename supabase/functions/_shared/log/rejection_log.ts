/**
 * Tells of requests that were not taken.
 *
 * @module
 */
import type { Log, LogFields } from "./log.ts";
import { createLogBatch } from "./log_batch.ts";

/**
 * Tells of requests that were not taken, one line for each reason about once a second: an
 * attacker who floods the function must not push other lines out of the log.
 */
export function createRejectionLog(log: Log): (rejection: RejectedRequest) => void {
  return createLogBatch((rejections) => {
    for (const [reason, alike] of Map.groupBy(rejections, ({ reason }) => reason)) {
      const [{ status }] = alike;
      log(status >= 500 ? "error" : "warn", "rejected", {
        status,
        reason,
        count: alike.length,
        duration_ms: alike.reduce((longest, { duration_ms }) => Math.max(longest, duration_ms), 0),
      });
    }
  }, log);
}

/** A request that was not taken. */
type RejectedRequest = Required<Pick<LogFields, "status" | "reason" | "duration_ms">>;
