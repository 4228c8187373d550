/**
 * Logs requests that were rejected. An attacker who floods a function must not push other lines out of the
 * log, so about once a second there is one line for each reason.
 *
 * @module
 */
import type { Log, LogFields } from "./log.ts";
import { createLogBatch } from "./log_batch.ts";

/** A request that was rejected: the answer's status, why, and how long it took. */
type RejectedRequest = Required<Pick<LogFields, "status" | "reason" | "duration_ms">>;

/**
 * Prepares the log of one function's rejected requests.
 *
 * @returns A function that logs one request. A line has the number of requests and the longest duration.
 */
export function createRejectionLog(log: Log): (request: RejectedRequest) => void {
  return createLogBatch((requests) => {
    for (const [reason, alike] of Map.groupBy(requests, ({ reason }) => reason)) {
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
