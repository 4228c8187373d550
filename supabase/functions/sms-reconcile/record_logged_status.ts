/**
 * Records a status that Twilio was asked for, by the same step as a callback.
 *
 * @module
 */
import { type CallDatabase, logDatabaseFailure } from "../_shared/database/database.ts";
import { logWarnings } from "../_shared/database/warnings.ts";
import type { Log } from "../_shared/log/log.ts";
import type { Channel } from "../_shared/twilio/channel_address.ts";
import {
  messageStatusOf,
  RecordedStatuses,
  type StoredStatus,
} from "../_shared/twilio/message_status.ts";
import { runCallDeadline } from "./database_calls.ts";
import type { LoggedStatus } from "./twilio_log.ts";

/** A message whose status is recorded, as its row is. */
export interface StatusOfMessage {
  message_sid: string;
  channel: Channel;
  /** The stored status. */
  message_status: StoredStatus;
}

/** Result of recording a status. */
export type RecordedStatus =
  | { kind: "changed" }
  /** The stored status is the same, or the database refuses the new one for good. */
  | { kind: "unchanged" }
  | { kind: "database_failed" };

/** Records a status. Failures are logged. */
export async function recordLoggedStatus(
  { message_sid, channel, message_status }: StatusOfMessage,
  { status, errorCode, errorMessage }: LoggedStatus,
  { callDatabase, log }: { callDatabase: CallDatabase; log: Log },
): Promise<RecordedStatus> {
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
      was_fetched: true,
    },
    RecordedStatuses,
    runCallDeadline(),
  );
  if (!result.ok) {
    logDatabaseFailure(log, result.failure, { message_sid });
    // No later run could record a status that the database refuses.
    return { kind: result.failure.kind === "refused" ? "unchanged" : "database_failed" };
  }
  const [row] = result.data;
  const conversation_id = row.conversation_id ?? undefined;
  logWarnings(log, row, { message_sid, conversation_id });
  return { kind: row.message_status === message_status ? "unchanged" : "changed" };
}

/**
 * Whether recording a status would change the stored one.
 *
 * @param twilioStatus The status in Twilio's words.
 * @param storedStatus The stored status, which is not final.
 */
export function wouldChange(twilioStatus: string, storedStatus: string): boolean {
  const status = twilioStatus === "read"
    ? "delivered"
    : twilioStatus === "canceled"
    ? "failed"
    : messageStatusOf(twilioStatus);
  return status !== undefined && status !== "queued" && status !== storedStatus;
}
