/**
 * Conversations with texts that the agent has not read, and whose recruits wait for a person.
 *
 * @module
 */
import type { Supabase } from "./conversations.ts";

/** The number of waiting recruits that are read. */
const MAX_ROWS = 200;

/** A conversation whose recruit waits for a person. */
export interface WaitingConversation {
  id: string;
  last_seq: number;
  waiting_since: string | null;
}

/** Conversations whose recruits wait for a person, on every page of the list. */
export interface WaitingConversations {
  rows: WaitingConversation[];
  /** Whether there are more than were read. */
  hasMore: boolean;
}

/**
 * Reads the conversations that the agent may see and whose recruits wait for a person.
 *
 * @throws {Error} If the database refuses or cannot be reached.
 */
export async function readWaiting(
  supabase: Supabase,
  signal: AbortSignal,
): Promise<WaitingConversations> {
  const { data, error } = await supabase.from("recruiting_conversations")
    .select("id, last_seq, waiting_since")
    .not("waiting_since", "is", null)
    .limit(MAX_ROWS + 1)
    .abortSignal(signal);
  if (error) throw new Error(error.message);
  return { rows: data.slice(0, MAX_ROWS), hasMore: data.length > MAX_ROWS };
}
