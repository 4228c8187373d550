/**
 * The functions' log: one JSON object a line.
 *
 * A line never holds a text's content, a whole phone number, a token or a signature. So every field is
 * named here, and no other field can be logged.
 *
 * @module
 */

/** Every event, for which docs/operations.md says what it means and what to do. */
export const LOG_EVENTS = [
  // The answer to a webhook.
  "received",
  "no_conversation",
  "updated",
  "ignored",
  "deferred",
  "unknown_status",
  // The answer of another function, and requests that any function rejected.
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
  "sent_from_other_number",
  "sent_without_row",
  "twilio_list_failed",
  "template_not_read",
  // Reconciliation.
  "brought_in",
  "twilio_unreachable",
  // Attachments.
  "media_stored",
  "media_failed",
  "deletion_failed",
  // The platform's events.
  "events_posted",
  "events_not_posted",
  // Every function.
  "failed",
  "not_configured",
] as const;

/** The event of a line. */
export type LogEvent = typeof LOG_EVENTS[number];

/** The fields of a line, beside level, event and function. */
export interface LogFields {
  message_sid?: string;
  /** The MessageSids of all requests, where a line stands for many. */
  message_sids?: string[];
  /** The number of requests or items of work, where a line stands for many. */
  count?: number;
  conversation_id?: string;
  /** `recruiting_messages.id` of an outbound message. */
  message_id?: string;
  /** Duration of the request, the run or the call, in ms. */
  duration_ms?: number;
  /** The HTTP status of the answer. */
  status?: number;
  /** Twilio's status of a message, of a callback. */
  twilio_status?: string;
  /** Why, in the project's words. It never quotes an error's message. */
  reason?: string;
  /** A database error's code. @see https://www.postgresql.org/docs/17/errcodes-appendix.html */
  sqlstate?: string;
  constraint?: string;
  /** PostgREST's own code. @see https://docs.postgrest.org/en/stable/references/errors.html */
  rest_code?: string;
  database_function?: string;
  /** How many attempts to call the database have failed. */
  database_errors?: number;
  /** Twilio's error code. @see https://www.twilio.com/docs/api/errors */
  error_code?: string;
  /** Tokens that the language model has read. */
  input_tokens?: number;
  /** Tokens that the language model has written. */
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

declare global {
  /** Shows an error to the developer. The local stack has it, and no hosted function. */
  var showError: ((error: unknown) => void) | undefined;
}

/** An error as the log names it: by its name only, because its message may quote what was sent. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : "unknown error";
}

/** Shows an unexpected error on the terminal of the local stack: its message and where it was thrown. */
export function showError(error: unknown): void {
  globalThis.showError?.(error);
}

/**
 * Logs an unexpected error as `failed`, and shows it.
 *
 * @param log The function's log.
 * @param error What was thrown.
 * @param fields Further fields. A `reason` stands before the error's name.
 */
export function logFailed(log: Log, error: unknown, { reason, ...fields }: LogFields = {}): void {
  showError(error);
  const name = errorName(error);
  log("error", "failed", { reason: reason ? `${reason}: ${name}` : name, ...fields });
}

/**
 * The time since a moment, for a line's `duration_ms`.
 *
 * @param startedAt The moment, on `performance.now()`'s clock, in ms.
 * @returns Milliseconds, with one decimal.
 */
export function millisecondsSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) * 10) / 10;
}
