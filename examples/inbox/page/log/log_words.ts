/**
 * What the lines of the functions' log say, in plain words.
 *
 * @module
 */
import type { LogLine } from "../../log_line.ts";

/** What a webhook is answered; the answer's word is the line's event. */
const ANSWERS: Record<string, string> = {
  received: "text kept",
  no_conversation: "no conversation: kept as unmatched",
  updated: "delivery state kept",
  ignored: "nothing to change",
  deferred: "database out of reach: left to reconciliation",
};

/** What else the functions report. */
const EVENTS: Record<string, string> = {
  model_answered: "the model has answered",
  model_failed: "the model has failed",
  sent: "Twilio has taken the message",
  send_refused: "Twilio has refused the message",
  send_unconfirmed: "no answer from Twilio: looked for later",
  brought_in: "a lost text is taken in from Twilio’s log",
  reconciled: "what was due is done",
  send_reconciled: "an unconfirmed message is decided",
  twilio_unreachable: "Twilio cannot be reached",
  escalated: "handed to a person",
  reply_dropped: "the bot’s reply is not sent any more",
  rejected: "refused",
  answered: "a message was asked for",
};

/** The HTTP status of the answer, and the word in it; nothing for a line that tells of no answer. */
export function answerOf({ event, status }: LogLine): string | undefined {
  if (Object.hasOwn(ANSWERS, event)) return `200 ${event}`;
  return status === undefined ? undefined : String(status);
}

/** What happened. */
export function wordsFor({ event, reason, error_code }: LogLine): string {
  const words = ANSWERS[event] ?? EVENTS[event] ?? event.replaceAll("_", " ");
  return [words, reason, error_code && `error ${error_code}`].filter(Boolean).join(": ");
}
