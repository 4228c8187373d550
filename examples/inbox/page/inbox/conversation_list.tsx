/**
 * The list of the conversations that the agent may see, in the order in which recruits wait.
 *
 * @module
 */
import type { ComponentChildren } from "preact";
import type { ConversationFilter } from "../../../../client/conversation_list.ts";
import { messageWords } from "../../../../client/message_words.ts";
import { newestFailure } from "../../../../client/send_again.ts";
import { waitingWords } from "../../../../client/waiting_time.ts";
import { parseTime, shortTime } from "../thread/time.ts";
import { type Conversation, nameOf } from "./conversations.ts";
import type { Inbox } from "./inbox.ts";
import { columnsOf } from "./message_columns.ts";
import { SendAgainButton } from "./send_again_button.tsx";
import type { SendAgain } from "./send_again.ts";

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

const FILTERS: Record<ConversationFilter, { label: string; empty: string }> = {
  all: { label: "All", empty: "No conversation is yours or unassigned." },
  mine: { label: "Mine", empty: "You have no escalated conversation." },
  unassigned: { label: "Unassigned", empty: "No escalated conversation is unassigned." },
  bot: { label: "Bot", empty: "The bot answers no conversation." },
  closed: { label: "Closed", empty: "No conversation is closed." },
};

/** The filters in their order. */
const FILTER_NAMES: ConversationFilter[] = ["all", "mine", "unassigned", "bot", "closed"];

interface ConversationListProps {
  inbox: Inbox;
  again: SendAgain;
  agentId: string;
}

/** The filters, and under them the list with the longest wait on top. */
export function ConversationList({ inbox, again, agentId }: ConversationListProps) {
  const filter = inbox.filter.value;
  return (
    <>
      <div class="filters" role="group" aria-label="Which conversations">
        {FILTER_NAMES.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={filter === name}
            onClick={() => inbox.show(name)}
          >
            {FILTERS[name].label}
          </button>
        ))}
      </div>
      <Conversations inbox={inbox} again={again} agentId={agentId} />
    </>
  );
}

function Conversations({ inbox, again, agentId }: ConversationListProps) {
  const conversations = inbox.conversations.value;
  if (!conversations) return <p class="list empty">Loading …</p>;
  if (conversations.length === 0) {
    return <p class="list empty">{FILTERS[inbox.filter.value].empty}</p>;
  }
  const items: ComponentChildren[] = [];
  let group: string | undefined;
  for (const conversation of conversations) {
    const next = groupOf(conversation, agentId);
    if (inbox.filter.value === "all" && next !== group) {
      items.push(<li key={next} class="group">{next}</li>);
      group = next;
    }
    items.push(
      <Item
        key={conversation.id}
        conversation={conversation}
        inbox={inbox}
        again={again}
        agentId={agentId}
      />,
    );
  }
  return (
    <ul class="list" aria-label="Conversations">
      {items}
      {inbox.hasMore.value
        ? (
          <li class="more">
            There are more conversations.
            <button type="button" onClick={() => inbox.showMore()}>Show more</button>
          </li>
        )
        : null}
    </ul>
  );
}

/** The part of the list that a conversation is in. */
function groupOf(
  { assigned_agent_id, status, waiting_since }: Conversation,
  agentId: string,
): string {
  if (assigned_agent_id !== agentId && (status === "escalated" || waiting_since)) {
    return "Unassigned: take over";
  }
  return waiting_since ? "Waiting for you" : "Others";
}

function Item({ conversation, inbox, again, agentId }: ConversationListProps & {
  conversation: Conversation;
}) {
  const { id, status, escalation_reason, opted_out_at, recruiting_messages } = conversation;
  const unread = inbox.marks.unreadTexts(conversation);
  const last = recruiting_messages.at(0);
  const failure = newestFailure(recruiting_messages);
  return (
    <li>
      <button
        type="button"
        class="item"
        aria-current={inbox.openId.value === id ? "true" : undefined}
        onClick={() => inbox.open(id)}
      >
        <span class="first">
          <span class="name">{nameOf(conversation)}</span>
          <Times conversation={conversation} now={inbox.now.value} />
        </span>
        <span class="second">
          <span class="words">
            {last ? null : <span class="last">No messages yet</span>}
            {last && last !== failure
              ? (
                <span class="last">
                  {last.direction === "outbound" ? "↩ " : ""}
                  {messageWords(columnsOf(last))}
                </span>
              )
              : null}
            {failure
              ? <span class="last failed">Not delivered: {messageWords(columnsOf(failure))}</span>
              : null}
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
          {opted_out_at ? <span class="status opted-out">Opted out</span> : null}
          {status === "escalated" && escalation_reason
            ? <span class="reason" title={escalation_reason}>{escalation_reason}</span>
            : null}
        </span>
      </button>
      {failure
        ? <SendAgainButton conversation={conversation} message={failure} again={again} />
        : null}
    </li>
  );
}

/** How long the recruit has waited; if they do not wait, the time of the last message. */
function Times({ conversation, now }: { conversation: Conversation; now: Date }) {
  const { waiting_since, last_message_at, recruiting_messages } = conversation;
  if (waiting_since) {
    const since = parseTime(waiting_since);
    return (
      <time class="wait" dateTime={since.toISOString()} title={`Since ${since.toLocaleString()}`}>
        waits {waitingWords(since, now)}
      </time>
    );
  }
  if (recruiting_messages.length === 0) return null;
  const at = parseTime(last_message_at);
  return <time dateTime={at.toISOString()} title={at.toLocaleString()}>{shortTime(at)}</time>;
}
