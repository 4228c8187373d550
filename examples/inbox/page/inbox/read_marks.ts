/**
 * Marks of the newest message that an agent has read in each conversation, kept in this browser.
 *
 * @module
 */
import { signal } from "@preact/signals";
import { type Conversation, PREVIEWED_MESSAGES } from "./conversations.ts";

/** An agent's marks. */
export interface ReadMarks {
  /** The number of unread texts as the list shows it; undefined for none. */
  unread(conversation: Conversation): string | undefined;
  /** Marks all messages up to `seq` as read. */
  mark(conversationId: string, seq: number): void;
}

/** Opens an agent's marks. */
export function openReadMarks(agentId: string): ReadMarks {
  const key = `read-marks ${agentId}`;
  const marks = signal<Record<string, number>>(JSON.parse(localStorage.getItem(key) ?? "{}"));
  return {
    unread({ id, status, recruiting_messages: messages }) {
      // No agent has to read what the bot answers.
      if (status === "bot") return undefined;
      const mark = marks.value[id] ?? 0;
      const count =
        messages.filter(({ direction, seq }) => direction === "inbound" && seq > mark).length;
      if (count === 0) return undefined;
      return count === PREVIEWED_MESSAGES ? `${count}+` : String(count);
    },
    mark(conversationId, seq) {
      if ((marks.peek()[conversationId] ?? 0) >= seq) return;
      marks.value = { ...marks.peek(), [conversationId]: seq };
      localStorage.setItem(key, JSON.stringify(marks.peek()));
    },
  };
}
