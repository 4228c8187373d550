/**
 * Up to where an agent has read each conversation: kept in this browser, for each agent.
 *
 * @module
 */
import { signal } from "@preact/signals";
import { type Conversation, PREVIEWED_MESSAGES } from "./conversations.ts";

/** Up to where an agent has read. */
export interface ReadMarks {
  /** How many texts are unread, as it is shown; nothing for none. */
  unread(conversation: Conversation): string | undefined;
  /** Notes that everything up to a message has been read. */
  mark(conversationId: string, seq: number): void;
}

/** Opens an agent's marks. */
export function openReadMarks(agentId: string): ReadMarks {
  const key = `read-marks ${agentId}`;
  const marks = signal<Record<string, number>>(JSON.parse(localStorage.getItem(key) ?? "{}"));
  return {
    unread({ id, status, recruiting_messages: messages }) {
      // What the bot answers waits for no person.
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
