/**
 * The conversations that need the agent's attention, in a strip above the list.
 *
 * @module
 */
import { waitingWords } from "../../../../client/waiting_time.ts";
import { parseTime } from "../thread/time.ts";
import { type Attention, countInWords } from "./attention.ts";
import { nameOf } from "./conversations.ts";
import type { Inbox } from "./inbox.ts";

/** A strip that opens a list, the oldest row first. Without rows there is no strip. */
export function AttentionList({ inbox }: { inbox: Inbox }) {
  const rows = inbox.attention.value;
  if (rows.length === 0) return null;
  return (
    <details class="attention">
      <summary>{countInWords(rows)}</summary>
      <ul aria-label="Needs attention">
        {rows.map((row) => (
          <Item key={`${row.conversationId} ${row.kind} ${row.reason}`} row={row} inbox={inbox} />
        ))}
      </ul>
    </details>
  );
}

function Item({ row, inbox }: { row: Attention; inbox: Inbox }) {
  const { conversationId, kind, reason } = row;
  const conversation = inbox.find(conversationId);
  // As in the list: a recruit may have texted before the conversation was escalated.
  const waitingSince = kind === "waiting_for_agent" && conversation?.waiting_since;
  const since = waitingSince ? parseTime(waitingSince) : row.since;
  return (
    <li>
      <button
        type="button"
        aria-current={inbox.openId.value === conversationId ? "true" : undefined}
        onClick={() => inbox.open(conversationId)}
      >
        <span class="first">
          <span class="name">{conversation ? nameOf(conversation) : "A conversation"}</span>
          <time dateTime={since.toISOString()} title={`Since ${since.toLocaleString()}`}>
            {waitingWords(since, inbox.now.value)}
          </time>
        </span>
        <span class="reason">{reason}</span>
      </button>
    </li>
  );
}
