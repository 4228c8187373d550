/**
 * Marks of the newest message that an agent has read in each conversation, kept in this browser.
 *
 * @module
 */
import { signal } from "@preact/signals";
import { type Conversation, PREVIEWED_MESSAGES } from "./conversations.ts";
import type { WaitingConversation, WaitingConversations } from "./unread.ts";

/** An agent's marks. */
export interface ReadMarks {
  /** The number of unread texts as the list shows it; undefined for none. */
  unreadTexts(conversation: Conversation): string | undefined;
  /** The number of conversations with unread texts, such as "3" or "200+"; undefined for none. */
  unreadConversations(waiting: WaitingConversations): string | undefined;
  /** Marks all messages up to `seq` as read. */
  mark(conversationId: string, seq: number): void;
}

/** Opens an agent's marks. */
export function openReadMarks(agentId: string): ReadMarks {
  const key = `read-marks ${agentId}`;
  const marks = signal<Record<string, number>>(JSON.parse(localStorage.getItem(key) ?? "{}"));
  const markOf = (id: string) => marks.value[id] ?? 0;
  // No agent has to read what the bot or another agent has answered.
  const isUnread = ({ id, last_seq, waiting_since }: WaitingConversation) =>
    waiting_since !== null && last_seq > markOf(id);
  return {
    unreadTexts(conversation) {
      if (!isUnread(conversation)) return undefined;
      const count =
        conversation.recruiting_messages.filter(({ direction, seq }) =>
          direction === "inbound" && seq > markOf(conversation.id)
        ).length;
      return count === PREVIEWED_MESSAGES ? `${count}+` : String(Math.max(1, count));
    },
    unreadConversations({ rows, hasMore }) {
      const count = rows.filter(isUnread).length;
      return count === 0 ? undefined : hasMore ? `${count}+` : String(count);
    },
    mark(conversationId, seq) {
      if ((marks.peek()[conversationId] ?? 0) >= seq) return;
      marks.value = { ...marks.peek(), [conversationId]: seq };
      localStorage.setItem(key, JSON.stringify(marks.peek()));
    },
  };
}
