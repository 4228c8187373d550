/**
 * Unanswered: a text whose pending reply was not revoked, and that the bot has not answered.
 *
 * @module
 */
import type { Check } from "../evidence.ts";
import type { Conversation, MessageRow } from "../observer.ts";

/** Texts that need no reply of the bot. */
const KEYWORDS = ["STOP", "START"];

/** Finds texts without a reply. */
export const unanswered: Check = ({ changes, conversations, messages }) => {
  const states = new Map<string, Conversation>();
  /** The seq of the newest text that needs a reply, by conversation. */
  const pending = new Map<string, number>();
  /**
   * The time of each opt-in, in ms since 1970. A text from before it needs no reply, even if it
   * arrives later.
   */
  const optedInAt = new Map<string, number>();
  for (const { kind, op, record, conversation_id: id } of changes) {
    if (kind === "conversation") {
      const before = states.get(id);
      if (before && isRevoked(before, record)) pending.delete(id);
      if (before?.opted_out_at && record.opted_out_at === null) {
        optedInAt.set(id, Date.parse(record.updated_at));
      }
      states.set(id, record);
    }
    if (kind !== "message" || op !== "INSERT" || record.direction !== "inbound") continue;
    const state = states.get(id);
    const isForTheBot = state?.status === "bot" && state.opted_out_at === null;
    const needsNoReply = Date.parse(record.created_at) <= (optedInAt.get(id) ?? -Infinity) ||
      isOptedOut(record, messages);
    if (isForTheBot && !needsNoReply && !KEYWORDS.includes(record.body)) {
      pending.set(id, record.seq);
    }
  }
  return conversations.flatMap(({ id, status, opted_out_at, recruit_phone, reply_due_at }) => {
    if (status !== "bot" || opted_out_at !== null) return [];
    const seq = pending.get(id);
    const isAnswered = seq === undefined ||
      messages.some((message) =>
        message.conversation_id === id && message.message_sid !== null &&
        (message.answers_seq ?? 0) >= seq
      );
    const what = reply_due_at ? "A reply is still pending" : `No reply to the text with seq ${seq}`;
    return isAnswered && !reply_due_at ? [] : [{ what, conversation_id: id, phone: recruit_phone }];
  });
};

/** Whether a change of the conversation revokes the pending reply. */
function isRevoked(before: Conversation, after: Conversation): boolean {
  return after.status !== before.status ||
    (after.assigned_agent_id !== null && after.assigned_agent_id !== before.assigned_agent_id) ||
    (after.opted_out_at !== null && before.opted_out_at === null);
}

/**
 * Whether a STOP applies to a text: a later one, or an earlier one without a START in between. The
 * times are Twilio's.
 */
function isOptedOut(text: MessageRow, messages: MessageRow[]): boolean {
  const times = (body: string) =>
    messages.filter((message) =>
      message.conversation_id === text.conversation_id && message.body === body
    ).map(({ created_at }) => Date.parse(created_at));
  const at = Date.parse(text.created_at);
  return times("STOP").some((stop) => !times("START").some((start) => stop < start && start <= at));
}
