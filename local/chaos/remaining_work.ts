/**
 * The work that must be finished before a run can be judged.
 *
 * @module
 */
import type { Records } from "./evidence.ts";
import { storedSids } from "./checks/lost.ts";

/** The statuses after which Twilio reports no other. */
const FINAL_AT_TWILIO = ["received", "delivered", "undelivered", "failed", "canceled"];

/** Describes each piece of unfinished work; empty once all work is done. */
export function remainingWork(records: Records): string[] {
  const { conversations, messages, twilio } = records;
  const stored = storedSids(records);
  return [
    ...conversations.filter(({ reply_due_at }) => reply_due_at !== null)
      .map(({ recruit_phone }) => `a pending reply to ${recruit_phone}`),
    ...messages.filter(({ confirm_due_at }) => confirm_due_at !== null)
      .map(({ id }) => `an unconfirmed message ${id}`),
    ...messages.filter(({ status }) => status === "queued" || status === "sent")
      .map(({ id, status }) => `a message ${id} that is ${status}`),
    ...twilio.filter(({ sid, direction }) => direction === "inbound" && !stored.has(sid))
      .map(({ sid, from }) => `a text ${sid} of ${from} that is in no table`),
    ...twilio.filter(({ status }) => !FINAL_AT_TWILIO.includes(status))
      .map(({ sid, status }) => `a message ${sid} that is ${status} at Twilio`),
  ];
}
