/**
 * Asks Twilio for the status of messages whose status is not final and that no callback has reported lately.
 *
 * @module
 */
import { z } from "zod/v3";
import { CHANNELS } from "../_shared/twilio/channel_address.ts";
import { StoredStatus } from "../_shared/twilio/message_status.ts";
import { type CallDatabase, logDatabaseFailure } from "../_shared/database/database.ts";
import type { Log } from "../_shared/log/log.ts";
import { runCallDeadline } from "./database_calls.ts";
import { recordLoggedStatus, wouldChange } from "./record_logged_status.ts";
import { type LoggedStatus, type TwilioLog, TwilioUnreachable } from "./twilio_log.ts";

/** Dependencies of a status check. */
export interface StatusTools {
  callDatabase: CallDatabase;
  twilioLog: TwilioLog;
  /** Seconds after a send was begun until Twilio is asked first. */
  statusCheckSeconds: number;
  log: Log;
}

/** Result of a status check. */
export interface CheckedStatuses {
  /** `more`: a bound ended the run while another status was due. */
  status: "done" | "more" | "twilio_unreachable" | "database_failed";
  /** Statuses that Twilio answered. */
  asked: number;
  /** Messages whose row changed. */
  updated: number;
}

/** The most statuses that one run asks for. */
const BATCH = 50;

/** The failures in a row after which Twilio counts as unreachable. Fewer may be due to the messages. */
const MAX_FAILURES = 3;

const Check = z.object({
  message_id: z.string(),
  message_sid: z.string(),
  channel: z.enum(CHANNELS),
  message_status: StoredStatus,
});

type Check = z.infer<typeof Check>;

/** What `recruiting_claim_status_checks` and `recruiting_list_due_status_checks` return. */
const Checks = z.array(Check);

/**
 * Asks for the statuses that are due. A message that Twilio or the database fails for holds no other back.
 *
 * @param options `isDryRun`: whether nothing is stored. `endsAt`: Twilio is not asked after this moment, on
 *   `performance.now()`'s clock, in ms.
 * @param tools Dependencies of the check.
 */
export async function checkStatuses(
  { isDryRun, endsAt }: { isDryRun: boolean; endsAt: number },
  tools: StatusTools,
): Promise<CheckedStatuses> {
  const { callDatabase, twilioLog, statusCheckSeconds, log } = tools;
  const result: CheckedStatuses = { status: "done", asked: 0, updated: 0 };
  if (performance.now() > endsAt) return { ...result, status: "more" };
  const checks = await (isDryRun ? listDue(BATCH, tools) : claim(tools));
  if (!checks) return { ...result, status: "database_failed" };
  let failures = 0;
  for (const check of checks) {
    if (performance.now() > endsAt) return { ...result, status: "more" };
    let logged: LoggedStatus | undefined;
    try {
      logged = await twilioLog.status(check.message_sid);
    } catch (error) {
      if (!(error instanceof TwilioUnreachable)) throw error;
      log("error", "twilio_unreachable", { reason: error.message, message_sid: check.message_sid });
      if (++failures >= MAX_FAILURES) return { ...result, status: "twilio_unreachable" };
      result.status = "twilio_unreachable";
      continue;
    }
    failures = 0;
    result.asked++;
    if (isDryRun) {
      if (logged && wouldChange(logged.status, check.message_status)) result.updated++;
      continue;
    }
    if (logged) {
      const recorded = await recordLoggedStatus(check, logged, tools);
      if (recorded.kind === "database_failed") return { ...result, status: recorded.kind };
      if (recorded.kind === "changed") result.updated++;
    }
    const finished = await callDatabase(
      "recruiting_finish_status_check",
      {
        message_id: check.message_id,
        is_gone: !logged,
        first_step_seconds: statusCheckSeconds,
      },
      z.unknown(),
      runCallDeadline(),
    );
    if (!finished.ok) {
      logDatabaseFailure(log, finished.failure, { message_sid: check.message_sid });
      return { ...result, status: "database_failed" };
    }
  }
  // After a full batch another status may be due.
  if (checks.length === BATCH && !isDryRun) {
    const [next] = await listDue(1, tools) ?? [];
    if (next) result.status = "more";
  }
  return result;
}

/**
 * Claims checks that are due.
 *
 * @returns The checks; undefined if the database failed, which is logged.
 */
async function claim(
  { callDatabase, statusCheckSeconds, log }: StatusTools,
): Promise<Check[] | undefined> {
  const result = await callDatabase(
    "recruiting_claim_status_checks",
    {
      claim_token: crypto.randomUUID(),
      first_step_seconds: statusCheckSeconds,
      batch: BATCH,
    },
    Checks,
    runCallDeadline(),
  );
  if (result.ok) return result.data;
  logDatabaseFailure(log, result.failure, {});
}

/**
 * Lists checks that are due.
 *
 * @param batch How many at most.
 * @returns The checks; undefined if the database failed, which is logged.
 */
async function listDue(
  batch: number,
  { callDatabase, statusCheckSeconds, log }: StatusTools,
): Promise<Check[] | undefined> {
  const result = await callDatabase(
    "recruiting_list_due_status_checks",
    { first_step_seconds: statusCheckSeconds, batch },
    Checks,
    runCallDeadline(),
  );
  if (result.ok) return result.data;
  logDatabaseFailure(log, result.failure, {});
}
