/**
 * Unanswered: a text that the bot had to answer, that nothing has revoked, and that has no reply.
 *
 * @module
 */
import type { Check } from "../evidence.ts";
import type { Conversation, MessageRow } from "../observer.ts";

/** Words that Twilio answers, or that opt out and in. */
const KEYWORDS = ["STOP", "START"];

/** Finds texts without an answer. */
export const unanswered: Check = ({ changes, conversations, messages }) => {
  const states = new Map<string, Conversation>();
  const owed = new Map<string, number>();
  /** When each recruit opted in again, in ms: what was texted before that owes no reply, however late it comes. */
  const optedInAt = new Map<string, number>();
  for (const { kind, op, record, conversation_id: id } of changes) {
    if (kind === "conversation") {
      const before = states.get(id);
      if (before && isRevoked(before, record)) owed.delete(id);
      if (before?.opted_out_at && record.opted_out_at === null) {
        optedInAt.set(id, Date.parse(record.updated_at));
      }
      states.set(id, record);
    }
    if (kind !== "message" || op !== "INSERT" || record.direction !== "inbound") continue;
    const state = states.get(id);
    const isForTheBot = state?.status === "bot" && state.opted_out_at === null;
    const owesNone = Date.parse(record.created_at) <= (optedInAt.get(id) ?? -Infinity) ||
      isOptedOut(record, messages);
    if (isForTheBot && !owesNone && !KEYWORDS.includes(record.body)) owed.set(id, record.seq);
  }
  return conversations.flatMap(({ id, status, opted_out_at, recruit_phone, reply_due_at }) => {
    if (status !== "bot" || opted_out_at !== null) return [];
    const seq = owed.get(id);
    const isAnswered = seq === undefined ||
      messages.some((message) =>
        message.conversation_id === id && message.message_sid !== null &&
        (message.answers_seq ?? 0) >= seq
      );
    const what = reply_due_at ? "A reply is still pending" : `No reply to the text with seq ${seq}`;
    return isAnswered && !reply_due_at ? [] : [{ what, conversation_id: id, phone: recruit_phone }];
  });
};

/** Whether a change takes away what the bot owes. */
function isRevoked(before: Conversation, after: Conversation): boolean {
  return after.status !== before.status ||
    (after.assigned_agent_id !== null && after.assigned_agent_id !== before.assigned_agent_id) ||
    (after.opted_out_at !== null && before.opted_out_at === null);
}

/** Whether a STOP counts for a text: it came later, or before without a START between. Twilio's times decide. */
function isOptedOut(text: MessageRow, messages: MessageRow[]): boolean {
  const times = (body: string) =>
    messages.filter((message) =>
      message.conversation_id === text.conversation_id && message.body === body
    ).map(({ created_at }) => Date.parse(created_at));
  const at = Date.parse(text.created_at);
  return times("STOP").some((stop) => !times("START").some((start) => stop < start && start <= at));
}
