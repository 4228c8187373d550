/**
 * Records one status callback in one database call, which does everything in one transaction.
 *
 * @module
 */
import { type CallDatabase, databaseDeadline, logDatabaseFailure } from "../database/database.ts";
import type { Log } from "../log/log.ts";
import { messageStatusOf, RecordedStatuses } from "../twilio/message_status.ts";
import type { TwilioForm } from "../webhook/twilio_form.ts";
import type { Outcome } from "../webhook/twilio_webhook.ts";
import { logWarnings } from "../database/warnings.ts";
import type { StatusCallback } from "./status_callback.ts";

/**
 * Records a callback. Repeating it is safe: the database keeps each status of a message once.
 *
 * @param callback The callback.
 * @param form The signed form that it was read from, which is kept whole.
 * @param callDatabase Calls the database.
 * @param log Gets failures and warnings.
 * @returns `updated` if the message's stored status is now the callback's; `ignored` otherwise.
 */
export async function recordStatus(
  callback: StatusCallback,
  form: TwilioForm,
  callDatabase: CallDatabase,
  log: Log,
): Promise<Outcome> {
  const { messageSid: message_sid, twilioStatus: twilio_status } = callback;
  const result = await callDatabase(
    "recruiting_record_message_status",
    {
      message_sid,
      twilio_status,
      channel: callback.channel,
      error_code: callback.errorCode,
      error_message: callback.errorMessage,
      payload: JSON.stringify(form),
      message_id: callback.messageId,
    },
    RecordedStatuses,
    databaseDeadline(),
  );
  if (!result.ok) {
    if (result.failure.kind !== "refused") return { status: "deferred", failure: result.failure };
    logDatabaseFailure(log, result.failure, { message_sid });
    return { status: "ignored", message_sid, twilio_status };
  }
  const [row] = result.data;
  const fields = { message_sid, conversation_id: row.conversation_id ?? undefined };
  logWarnings(log, row, fields);
  const status = messageStatusOf(twilio_status);
  const isCurrent = status !== undefined && status === row.message_status;
  return { status: isCurrent ? "updated" : "ignored", ...fields, twilio_status };
}
