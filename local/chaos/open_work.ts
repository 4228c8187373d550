/**
 * What is still to be done before a run can be judged.
 *
 * @module
 */
import type { Records } from "./evidence.ts";
import { ownedSids } from "./checks/lost.ts";

/** States after which Twilio tells nothing more. */
const FINAL_AT_TWILIO = ["received", "delivered", "undelivered", "failed", "canceled"];

/** Names each piece of work that is left, in a few words; nothing once the system is quiet. */
export function openWork(records: Records): string[] {
  const { conversations, messages, twilio } = records;
  const owned = ownedSids(records);
  return [
    ...conversations.filter(({ reply_due_at }) => reply_due_at !== null)
      .map(({ recruit_phone }) => `a pending reply to ${recruit_phone}`),
    ...messages.filter(({ confirm_due_at }) => confirm_due_at !== null)
      .map(({ id }) => `an unconfirmed message ${id}`),
    ...messages.filter(({ status }) => status === "queued" || status === "sent")
      .map(({ id, status }) => `a message ${id} that is ${status}`),
    ...twilio.filter(({ sid, direction }) => direction === "inbound" && !owned.has(sid))
      .map(({ sid, from }) => `a text ${sid} of ${from} that is in no table`),
    ...twilio.filter(({ status }) => !FINAL_AT_TWILIO.includes(status))
      .map(({ sid, status }) => `a message ${sid} that is ${status} at Twilio`),
  ];
}
