/**
 * Plain words for the lines of the functions' log.
 *
 * @module
 */
import type { LogLine } from "../../log_line.ts";

/** Lines about a webhook's answer. Their event is the status word of the answer. */
const ANSWERS: Record<string, string> = {
  received: "text stored",
  no_conversation: "no conversation: stored as unmatched",
  updated: "delivery state stored",
  ignored: "nothing to change",
  deferred: "database out of reach: left to reconciliation",
};

/** Lines about other events. */
const EVENTS: Record<string, string> = {
  model_answered: "the model has answered",
  model_failed: "the model has failed",
  sent: "Twilio has accepted the message",
  send_refused: "Twilio has refused the message",
  send_unconfirmed: "no answer from Twilio: the message is unconfirmed",
  brought_in: "a lost text is brought in from Twilio’s log",
  reconciled: "due work is done",
  send_reconciled: "an unconfirmed message is reconciled",
  twilio_unreachable: "Twilio cannot be reached",
  escalated: "handed off to a person",
  reply_dropped: "the bot’s reply is dropped",
  rejected: "refused",
  answered: "a message was requested",
};

/** The answer's HTTP status and status word; undefined for a line that is not about an answer. */
export function answerOf({ event, status }: LogLine): string | undefined {
  if (Object.hasOwn(ANSWERS, event)) return `200 ${event}`;
  return status === undefined ? undefined : String(status);
}

/** The event in words, with Twilio's status of the message, the reason and the error code. */
export function wordsFor({ event, twilio_status, reason, error_code }: LogLine): string {
  const words = ANSWERS[event] ?? EVENTS[event] ?? event.replaceAll("_", " ");
  return [words, twilio_status, reason, error_code && `error ${error_code}`].filter(Boolean).join(
    ": ",
  );
}
