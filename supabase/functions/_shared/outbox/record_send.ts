/**
 * Writes to the database what Twilio answered to a send: its outcome, or that another attempt begins.
 *
 * @module
 */
import { z } from "zod/v3";
import { databaseDeadline, logDatabaseFailure } from "../database/database.ts";
import { logWarnings, Warnings } from "../database/warnings.ts";
import { StoredStatus } from "../twilio/message_status.ts";
import type { BegunMessage, Delivery } from "./deliver.ts";
import type { Outbox } from "./outbox.ts";
import type { CallOutcome } from "./twilio_messages.ts";

/** What `recruiting_record_send` returns: one row. */
const RecordedSends = z.tuple([Warnings.extend({
  message_status: StoredStatus.nullable(),
  reply_due_in_ms: z.number().nullable(),
})]);

/** What `recruiting_begin_retry` returns: one row. */
const BegunRetries = z.tuple([Warnings.extend({ retry_begun_at: z.string().nullable() })]);

/**
 * Records Twilio's answer.
 *
 * @param begun The message.
 * @param begunAt Identifies the attempt that was answered: the database's time, ISO 8601.
 * @param outcome Twilio's answer.
 * @returns `unconfirmed` if the database could not record it: Twilio's list still holds the answer.
 */
export async function recordSend(
  { messageId, conversationId, template }: BegunMessage,
  begunAt: string,
  outcome: Exclude<CallOutcome, { kind: "unknown" }>,
  { callDatabase, log }: Outbox,
): Promise<Delivery> {
  const accepted = outcome.kind === "accepted" ? outcome : undefined;
  const fields = {
    conversation_id: conversationId,
    message_id: messageId,
    message_sid: accepted?.sid,
    error_code: outcome.errorCode,
  };
  const result = await callDatabase(
    "recruiting_record_send",
    {
      message_id: messageId,
      begun_at: begunAt,
      message_sid: accepted?.sid,
      twilio_status: accepted?.status,
      num_segments: accepted?.numSegments,
      error_code: outcome.errorCode,
      error_message: outcome.errorMessage,
      body: template && accepted?.body,
    },
    RecordedSends,
    databaseDeadline(),
  );
  if (!result.ok) {
    logDatabaseFailure(log, result.failure, fields);
    return { kind: "unconfirmed" };
  }
  const [{ message_status: status, reply_due_in_ms: replyDueInMs, ...row }] = result.data;
  logWarnings(log, row, fields);
  if (accepted && !status) log("error", "sent_without_row", fields);
  if (accepted) log("info", "sent", fields);
  else log("warn", "send_refused", fields);
  return { kind: accepted ? "accepted" : "refused", status, replyDueInMs };
}

/** Whether another attempt was begun. */
export type BegunRetry =
  | {
    kind: "begun";
    /** Identifies the new attempt: the database's time, ISO 8601. */
    begunAt: string;
  }
  /** The database did not begin a retry, or its answer was lost. */
  | { kind: "not_begun" };

/**
 * Begins another attempt of a message that Twilio did not accept.
 *
 * @param begun The message.
 * @param begunAt Identifies the attempt that failed: the database's time, ISO 8601.
 * @param deadlineMs How long the database may take, in ms.
 */
export async function beginRetry(
  { messageId, conversationId }: BegunMessage,
  begunAt: string,
  { callDatabase, configuration, log }: Outbox,
  deadlineMs: number,
): Promise<BegunRetry> {
  const fields = { conversation_id: conversationId, message_id: messageId };
  const result = await callDatabase(
    "recruiting_begin_retry",
    {
      message_id: messageId,
      begun_at: begunAt,
      confirm_after_seconds: configuration.confirmAfterSeconds,
    },
    BegunRetries,
    databaseDeadline(deadlineMs),
  );
  if (!result.ok) {
    logDatabaseFailure(log, result.failure, fields);
    return { kind: "not_begun" };
  }
  const [{ retry_begun_at, ...row }] = result.data;
  logWarnings(log, row, fields);
  // Null also answers a repeated call whose first answer was lost.
  return retry_begun_at ? { kind: "begun", begunAt: retry_begun_at } : { kind: "not_begun" };
}
