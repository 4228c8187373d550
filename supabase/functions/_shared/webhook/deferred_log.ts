/**
 * Logs webhooks that were deferred. Until reconciliation their SIDs in the log are their only trace, so
 * every SID is logged; about once a second, because an outage defers many.
 *
 * @module
 */
import type { DatabaseFailure } from "../database/database.ts";
import type { Log, LogFields } from "../log/log.ts";
import { createLogBatch } from "../log/log_batch.ts";

/** One deferred webhook. */
export interface DeferredWebhook {
  /** Undefined if the form holds no valid SID. */
  messageSid: string | undefined;
  /** Undefined if the handler threw an error. */
  failure: DatabaseFailure | undefined;
}

/** The most SIDs in one line: the platform keeps 10,000 characters of a line. */
const SIDS_PER_LINE = 200;

/**
 * Prepares the log of one function's deferred webhooks.
 *
 * @returns A function that logs one webhook.
 * @see https://supabase.com/docs/guides/functions/logging
 */
export function createDeferredLog(log: Log): (webhook: DeferredWebhook) => void {
  return createLogBatch((webhooks) => {
    for (let start = 0; start < webhooks.length; start += SIDS_PER_LINE) {
      log("error", "deferred", summaryOf(webhooks.slice(start, start + SIDS_PER_LINE)));
    }
  }, log);
}

/** The SIDs of all webhooks, how many attempts failed in all, and the newest failure. */
function summaryOf(webhooks: DeferredWebhook[]): LogFields {
  const failures = webhooks.flatMap(({ failure }) => failure ?? []);
  const newest = failures.at(-1);
  return {
    message_sids: webhooks.flatMap(({ messageSid }) => messageSid ?? []),
    database_errors: failures.reduce((sum, { attempts }) => sum + attempts, 0),
    reason: newest?.kind,
    sqlstate: newest?.sqlstate,
    rest_code: newest?.rest_code,
    database_function: newest?.database_function,
  };
}
