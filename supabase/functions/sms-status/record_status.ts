/**
 * Hands one delivery callback to the database, which does everything in one transaction.
 *
 * @module
 */
import { z } from "zod/v3";
import { type CallDatabase, databaseDeadline, logDatabaseFailure } from "../_shared/database.ts";
import type { Log } from "../_shared/log.ts";
import { messageStatusOf } from "../_shared/message_status.ts";
import type { TwilioForm } from "../_shared/twilio_form.ts";
import type { Outcome } from "../_shared/twilio_webhook.ts";
import type { StatusCallback } from "./status_callback.ts";

/** What `recruiting_record_message_status` returns: one row. */
const Returned = z.tuple([z.object({
  message_status: z.string().nullable(),
  broadcast_missed: z.boolean(),
})]);

/**
 * Keeps a callback. Repeating it changes nothing.
 *
 * @param callDatabase How the database is reached.
 * @param callback The callback.
 * @param form The signed form it was read from.
 * @param log Where failures are told.
 * @returns `updated` when the message's stored status is now the one that the callback means.
 */
export async function recordStatus(
  callDatabase: CallDatabase,
  callback: StatusCallback,
  form: TwilioForm,
  log: Log,
): Promise<Outcome> {
  const message_sid = callback.messageSid;
  const result = await callDatabase(
    "recruiting_record_message_status",
    {
      message_sid,
      twilio_status: callback.twilioStatus,
      channel: callback.channel,
      error_code: callback.errorCode,
      error_message: callback.errorMessage,
      payload: JSON.stringify(form),
      message_id: callback.messageId,
    },
    Returned,
    databaseDeadline(),
  );
  if (!result.ok) {
    if (result.failure.kind !== "refused") return { status: "deferred", failure: result.failure };
    logDatabaseFailure(log, result.failure, { message_sid });
    return { status: "ignored", message_sid };
  }
  const [{ message_status, broadcast_missed }] = result.data;
  if (broadcast_missed) log("error", "broadcast_missed", { message_sid });
  const status = messageStatusOf(callback.twilioStatus);
  return { status: status && status === message_status ? "updated" : "ignored", message_sid };
}
