/**
 * Asks Twilio for the status of messages whose status is not final, and that no callback has told of lately.
 *
 * @module
 */
import { z } from "zod/v3";
import { CHANNELS } from "../_shared/twilio/channel_address.ts";
import {
  type CallDatabase,
  databaseDeadline,
  logDatabaseFailure,
} from "../_shared/database/database.ts";
import type { Log } from "../_shared/log/log.ts";
import { messageStatusOf, RecordedStatuses } from "../_shared/twilio/message_status.ts";
import { logWarnings } from "../_shared/database/warnings.ts";
import { type LoggedStatus, type TwilioLog, TwilioUnreachable } from "./twilio_log.ts";

/** What asking works with. */
export interface StatusTools {
  callDatabase: CallDatabase;
  twilioLog: TwilioLog;
  /** When Twilio is asked first, in s after the send was begun. */
  statusCheckSeconds: number;
  log: Log;
}

/** What came of it. */
export interface CheckedStatuses {
  /** `more`: a bound ended the run first. */
  status: "done" | "more" | "twilio_unreachable" | "unavailable";
  asked: number;
  /** Rows that changed. */
  updated: number;
}

/** How many Twilio is asked for in one run. */
const BATCH = 50;

/** After so many failures in a row it is Twilio, and not a message. */
const MAX_FAILURES = 3;

const Check = z.object({
  message_id: z.string(),
  message_sid: z.string(),
  channel: z.enum(CHANNELS),
  message_status: z.string(),
});

type Check = z.infer<typeof Check>;

/**
 * Asks for what is due.
 *
 * @param isDryRun Whether nothing is stored.
 * @param endsAt On `performance.now()`'s clock: after it Twilio is not asked any more.
 */
export async function checkStatuses(
  { isDryRun, endsAt }: { isDryRun: boolean; endsAt: number },
  tools: StatusTools,
): Promise<CheckedStatuses> {
  const { callDatabase, twilioLog, statusCheckSeconds, log } = tools;
  const result: CheckedStatuses = { status: "done", asked: 0, updated: 0 };
  if (performance.now() > endsAt) return { ...result, status: "more" };
  const claimed = await claim(tools, BATCH, isDryRun);
  if (!claimed) return { ...result, status: "unavailable" };
  let failures = 0;
  for (const check of claimed) {
    if (performance.now() > endsAt) return { ...result, status: "more" };
    let told: LoggedStatus | undefined;
    try {
      told = await twilioLog.status(check.message_sid);
    } catch (error) {
      if (!(error instanceof TwilioUnreachable)) throw error;
      log("error", "twilio_unreachable", { reason: error.message, message_sid: check.message_sid });
      // One message that Twilio does not tell about keeps no other one waiting.
      if (++failures >= MAX_FAILURES) return { ...result, status: "twilio_unreachable" };
      result.status = "twilio_unreachable";
      continue;
    }
    failures = 0;
    result.asked++;
    if (isDryRun) {
      if (told && isFurther(told.status, check.message_status)) result.updated++;
      continue;
    }
    const stored = told ? await store(check, told, tools) : "unchanged";
    if (stored === "unavailable") return { ...result, status: "unavailable" };
    if (stored === "changed") result.updated++;
    const finished = await callDatabase(
      "recruiting_finish_status_check",
      {
        message_id: check.message_id,
        is_gone: !told,
        first_step_seconds: statusCheckSeconds,
      },
      z.unknown(),
      databaseDeadline(),
    );
    if (!finished.ok) {
      logDatabaseFailure(log, finished.failure, { message_sid: check.message_sid });
      return { ...result, status: "unavailable" };
    }
  }
  // One more may be due, or none: the database tells.
  if (claimed.length === BATCH && !isDryRun) {
    const [next] = await claim(tools, 1, true) ?? [];
    if (next) result.status = "more";
  }
  return result;
}

async function claim(
  { callDatabase, statusCheckSeconds, log }: StatusTools,
  batch: number,
  isDryRun: boolean,
): Promise<Check[] | undefined> {
  const result = await callDatabase(
    "recruiting_claim_status_checks",
    { first_step_seconds: statusCheckSeconds, batch, dry_run: isDryRun },
    z.array(Check),
    databaseDeadline(),
  );
  if (result.ok) return result.data;
  logDatabaseFailure(log, result.failure, {});
}

/** Stores what Twilio says by the same step as a callback. */
async function store(
  { message_sid, channel, message_status }: Check,
  { status, errorCode, errorMessage }: LoggedStatus,
  { callDatabase, log }: StatusTools,
): Promise<"changed" | "unchanged" | "unavailable"> {
  const result = await callDatabase(
    "recruiting_record_message_status",
    {
      message_sid,
      twilio_status: status,
      channel,
      error_code: errorCode,
      error_message: errorMessage,
      payload: JSON.stringify({
        MessageSid: message_sid,
        MessageStatus: status,
        ErrorCode: errorCode,
        ErrorMessage: errorMessage,
      }),
      was_asked: true,
    },
    RecordedStatuses,
    databaseDeadline(),
  );
  if (!result.ok) {
    logDatabaseFailure(log, result.failure, { message_sid });
    // A status that the database refuses for good must not keep the others waiting.
    return result.failure.kind === "refused" ? "unchanged" : "unavailable";
  }
  const [row] = result.data;
  const conversation_id = row.conversation_id ?? undefined;
  logWarnings(log, row, { message_sid, conversation_id });
  return row.message_status === message_status ? "unchanged" : "changed";
}

/** Whether Twilio's status would move a stored one on, which is not final. */
function isFurther(twilioStatus: string, stored: string): boolean {
  const mapped = twilioStatus === "read"
    ? "delivered"
    : twilioStatus === "canceled"
    ? "failed"
    : messageStatusOf(twilioStatus);
  return mapped !== undefined && mapped !== "queued" && mapped !== stored;
}
