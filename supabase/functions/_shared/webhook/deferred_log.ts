/**
 * Tells of the webhooks that the database could not take in: until reconciliation their SIDs in the
 * log are the only trace of them.
 *
 * @module
 */
import type { DatabaseFailure } from "../database/database.ts";
import type { Log } from "../log/log.ts";
import { createLogBatch } from "../log/log_batch.ts";

/** One deferred request. */
export interface Deferral {
  /** Nothing where the request's SID could not be read. */
  messageSid: string | undefined;
  /** Nothing where it was not the database that failed. */
  failure: DatabaseFailure | undefined;
}

/** So many SIDs fit into one line of the platform's log, which holds 10,000 characters. */
const SIDS_PER_LINE = 200;

/**
 * Prepares the log of one function's deferred requests.
 *
 * @returns What tells of one. Every SID stands in some line, about once a second one line.
 */
export function createDeferredLog(log: Log): (deferral: Deferral) => void {
  return createLogBatch((deferrals) => {
    for (let start = 0; start < deferrals.length; start += SIDS_PER_LINE) {
      log("error", "deferred", summaryOf(deferrals.slice(start, start + SIDS_PER_LINE)));
    }
  }, log);
}

function summaryOf(deferrals: Deferral[]) {
  const failures = deferrals.flatMap(({ failure }) => failure ?? []);
  const last = failures.at(-1);
  return {
    message_sids: deferrals.flatMap(({ messageSid }) => messageSid ?? []),
    database_errors: failures.reduce((sum, { attempts }) => sum + attempts, 0),
    reason: last?.kind,
    sqlstate: last?.sqlstate,
    rest_code: last?.rest_code,
    database_function: last?.database_function,
  };
}
