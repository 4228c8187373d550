/**
 * The functions' log: one JSON object a line.
 *
 * A line never holds a text's content, a whole phone number, a token or a signature: what may
 * stand in it is named here, one field at a time.
 *
 * @module
 */

/** Every event that a line can name. docs/operations.md tells what each one means. */
export const LOG_EVENTS = [
  // What a webhook is answered.
  "received",
  "no_conversation",
  "updated",
  "ignored",
  "deferred",
  // What another function is answered, and what no function takes.
  "answered",
  "reconciled",
  "rejected",
  // The database.
  "database_error",
  "broadcast_missed",
  "no_agent_available",
  // The bot's turn.
  "model_answered",
  "model_failed",
  "no_bot_instructions",
  "not_loaded",
  "reply_cut",
  "reply_dropped",
  "escalated",
  "escalation_dropped",
  // The outbox.
  "sent",
  "send_refused",
  "send_retry",
  "send_too_late",
  "send_unconfirmed",
  "send_reconciled",
  "sender_not_ours",
  "sent_without_row",
  "twilio_list_failed",
  // Reconciliation.
  "brought_in",
  "twilio_unreachable",
  // Every function.
  "failed",
  "not_configured",
] as const;

/** What a line tells of. */
export type LogEvent = typeof LOG_EVENTS[number];

/** The fields of a log line, beside level, event and function. */
export interface LogFields {
  message_sid?: string;
  /** Of many requests that one line tells of. */
  message_sids?: string[];
  /** Of how many requests the line tells, where it is not one. */
  count?: number;
  conversation_id?: string;
  /** Of an outbound message: `recruiting_messages.id`. */
  message_id?: string;
  /** How long the request, the turn or the call took, in ms. */
  duration_ms?: number;
  /** The HTTP status of the answer. */
  status?: number;
  /** Why, in the project's own words. */
  reason?: string;
  /** A database error's code. @see https://www.postgresql.org/docs/17/errcodes-appendix.html */
  sqlstate?: string;
  constraint?: string;
  /** PostgREST's own code. @see https://docs.postgrest.org/en/stable/references/errors.html */
  rest_code?: string;
  database_function?: string;
  /** How many attempts to call the database have failed. */
  database_errors?: number;
  /** Twilio's. @see https://www.twilio.com/docs/api/errors */
  error_code?: string;
  /** What the language model has read and written. */
  input_tokens?: number;
  output_tokens?: number;
}

/** Writes one line. */
export type Log = (
  level: "info" | "warn" | "error",
  event: LogEvent,
  fields?: LogFields,
) => void;

/** Makes the log of one function. */
export function createLog(functionName: string): Log {
  return (level, event, fields = {}) => {
    console[level](
      JSON.stringify({ level, event, function: functionName, ...fields }),
    );
  };
}
