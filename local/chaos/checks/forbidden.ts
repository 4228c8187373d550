/**
 * Forbidden: a message that was begun after an opt-out or closing, or by an author who did not have
 * the conversation.
 *
 * @module
 */
import type { Check } from "../evidence.ts";
import type { Conversation, MessageRow } from "../observer.ts";

/** Finds messages whose sending must not have begun. */
export const forbidden: Check = ({ changes }) => {
  const states = new Map<string, Conversation>();
  const begun = new Map<string, string | null>();
  return changes.flatMap(({ kind, op, record, conversation_id }) => {
    if (kind === "conversation") states.set(conversation_id, record);
    if (kind !== "message" || op === "DELETE" || record.direction !== "outbound") return [];
    const isBegun = begun.get(record.id) !== record.begun_at;
    begun.set(record.id, record.begun_at);
    const state = states.get(conversation_id);
    const reason = isBegun && state ? reasonAgainst(record, state) : undefined;
    return reason ? [{ what: `Message ${record.id} was begun ${reason}`, conversation_id }] : [];
  });
};

function reasonAgainst(
  message: MessageRow,
  { status, opted_out_at, assigned_agent_id }: Conversation,
) {
  if (opted_out_at !== null) return "after the opt-out";
  if (status === "closed") return "after closing";
  if (message.sender_type === "agent") {
    return assigned_agent_id === message.agent_id
      ? undefined
      : "while another agent had the conversation, or no agent";
  }
  // The escalation begins the hand-off text, which answers no text.
  const expected = message.answers_seq === null ? "escalated" : "bot";
  return status === expected ? undefined : `while the conversation was ${status}`;
}
