/**
 * The list of the conversations that the agent may see.
 *
 * @module
 */
import { messageWords } from "../../../../client/message_words.ts";
import { parseTime, shortTime } from "../thread/time.ts";
import { type Conversation, nameOf } from "./conversations.ts";
import type { Inbox } from "./inbox.ts";
import { columnsOf } from "./message_columns.ts";

const STATUS_LABELS: Record<string, string> = {
  bot: "Bot",
  escalated: "Escalated",
  closed: "Closed",
};

/** A conversation's status, as a label. */
export function Status({ status }: { status: string }) {
  return <span class={`status ${status}`}>{STATUS_LABELS[status] ?? status}</span>;
}

/** Whose a conversation is. The agent cannot see those of other agents. */
export function ownerOf({ assigned_agent_id }: Conversation, agentId: string): string {
  return assigned_agent_id === agentId ? "yours" : "unassigned";
}

/** The list, the newest conversation first. */
export function ConversationList({ inbox, agentId }: { inbox: Inbox; agentId: string }) {
  const conversations = inbox.conversations.value;
  if (!conversations) return <p class="list empty">Loading …</p>;
  if (conversations.length === 0) {
    return <p class="list empty">No conversation is yours or unassigned.</p>;
  }
  return (
    <ul class="list" aria-label="Conversations">
      {conversations.map((conversation) => (
        <Item
          key={conversation.id}
          conversation={conversation}
          inbox={inbox}
          agentId={agentId}
        />
      ))}
    </ul>
  );
}

function Item(
  { conversation, inbox, agentId }: {
    conversation: Conversation;
    inbox: Inbox;
    agentId: string;
  },
) {
  const { id, status, escalation_reason, opted_out_at, last_message_at, recruiting_messages } =
    conversation;
  const unread = inbox.marks.unread(conversation);
  const last = recruiting_messages.at(0);
  return (
    <li>
      <button
        type="button"
        aria-current={inbox.openId.value === id ? "true" : undefined}
        onClick={() => inbox.open(id)}
      >
        <span class="first">
          <span class="name">{nameOf(conversation)}</span>
          {last ? <time>{shortTime(parseTime(last_message_at))}</time> : null}
        </span>
        <span class="second">
          <span class="last">
            {last ? directionMark(last) + messageWords(columnsOf(last)) : "No messages yet"}
          </span>
          {unread
            ? (
              <span class="unread">
                {unread}
                <span class="hidden">unread</span>
              </span>
            )
            : null}
        </span>
        <span class="third">
          <Status status={status} />
          <span class="owner">{ownerOf(conversation, agentId)}</span>
          {opted_out_at ? <span class="status closed">Opted out</span> : null}
          {status === "escalated" && escalation_reason
            ? <span class="reason" title={escalation_reason}>{escalation_reason}</span>
            : null}
        </span>
      </button>
    </li>
  );
}

function directionMark(
  { direction, status }: Conversation["recruiting_messages"][number],
): string {
  if (status === "failed") return "Not delivered: ";
  return direction === "outbound" ? "↩ " : "";
}
