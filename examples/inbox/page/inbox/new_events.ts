/**
 * Events whose rows may have to be read: a row may become visible just after its event was streamed.
 *
 * @module
 */
import type { AgentEvent } from "../../../../client/events.ts";
import type { Conversation, Message } from "./conversations.ts";

/** The delay of the second read after an event, in ms. */
const SECOND_READ_AFTER_MS = 1_000;

/** The rows that the page has read. */
export interface ReadRows {
  /** A conversation by its id, if it was read. */
  conversation(id: string): Conversation | undefined;
  /** The messages of the open conversation, the oldest first; undefined for any other conversation. */
  openMessages(conversationId: string): Message[] | undefined;
}

/** The events of the last second. */
export class NewEvents {
  #rows: ReadRows;
  #readAgain: () => void;
  #timers = new Map<AgentEvent, ReturnType<typeof setTimeout>>();

  /** @param readAgain Called when the rows do not show an event 1 s after it. */
  constructor(rows: ReadRows, readAgain: () => void) {
    this.#rows = rows;
    this.#readAgain = readAgain;
  }

  add(event: AgentEvent): void {
    const timer = setTimeout(() => {
      this.#timers.delete(event);
      if (!isShown(event, this.#rows)) this.#readAgain();
    }, SECOND_READ_AFTER_MS);
    this.#timers.set(event, timer);
  }

  /** Whether the rows do not show one of the events. */
  areMissing(): boolean {
    return [...this.#timers.keys()].some((event) => !isShown(event, this.#rows));
  }

  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}

/**
 * Whether the rows show what an event has told. Then its transaction was visible when they were read, and so was all
 * else that it has changed.
 */
function isShown({ kind, payload }: AgentEvent, rows: ReadRows): boolean {
  // These come seldom.
  if (kind === "message_media_stored" || kind === "contact_changed" || kind === "truncated") {
    return false;
  }
  const row = rows.conversation(payload.conversation_id);
  if (!row) return false;
  const open = rows.openMessages(row.id);
  const isInAll = (isTold: (message: { id: string; status: string }) => boolean) =>
    row.recruiting_messages.some(isTold) && (open?.some(isTold) ?? true);
  switch (kind) {
    case "message_received":
      return isInAll(({ id }) => id === payload.message_id);
    case "message_status_changed":
      return isInAll(({ id, status }) => id === payload.message_id && status === payload.status);
    case "conversation_escalated":
    case "conversation_updated":
      return row.status === payload.status &&
        row.assigned_agent_id === payload.assigned_agent_id &&
        (!open || (open.at(-1)?.seq ?? 0) === row.last_seq);
  }
}
