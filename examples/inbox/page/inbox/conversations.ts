/**
 * Conversations and messages as agents read them, through row level security.
 *
 * @module
 */
import type { SupabaseClient } from "@supabase/supabase-js";
import type {
  Database,
  Enums,
} from "../../../../supabase/functions/_shared/database/database.types.ts";
import { profileNameOf } from "./message_columns.ts";

/** A client of the project's own tables. */
export type Supabase = SupabaseClient<Database>;

/** The number of conversations that the list shows. */
const LISTED_CONVERSATIONS = 100;

/** The number of newest messages of each conversation that the list reads, to count unread ones. */
export const PREVIEWED_MESSAGES = 20;

/** The number of messages that are read when a conversation opens, and by each step back. */
const PAGE_OF_MESSAGES = 100;

const CONVERSATION_COLUMNS =
  "id, channel, recruit_phone, twilio_phone, recruit_name, status, assigned_agent_id, escalation_reason, opted_out_at, last_message_at, recruiting_messages(id, seq, direction, body, media, metadata, status)";

const MESSAGE_COLUMNS =
  "id, seq, conversation_id, sender_type, agent_id, body, media, metadata, status, error_code, error_message, read_at, created_at, idempotency_key";

/**
 * Reads the agent's own conversations and the unassigned ones, the newest first, each with its
 * newest messages.
 *
 * Each of the two lists has an index of its own. One query for both would read every conversation.
 *
 * @param status Limits the result to conversations with this status.
 * @throws {Error} If the database refuses or cannot be reached.
 */
export async function readConversations(
  supabase: Supabase,
  signal: AbortSignal,
  agentId: string,
  status?: Enums<"recruiting_conversation_status">,
) {
  const list = () => {
    const query = supabase.from("recruiting_conversations").select(CONVERSATION_COLUMNS)
      .order("last_message_at", { ascending: false })
      .order("id")
      .order("seq", { referencedTable: "recruiting_messages", ascending: false })
      .limit(PREVIEWED_MESSAGES, { referencedTable: "recruiting_messages" })
      .limit(LISTED_CONVERSATIONS)
      .abortSignal(signal);
    return status ? query.eq("status", status) : query;
  };
  const answers = await Promise.all([
    list().eq("assigned_agent_id", agentId),
    list().is("assigned_agent_id", null),
  ]);
  const byId = new Map(answers.flatMap(({ data, error }) => {
    if (error) throw new Error(error.message);
    return data.map((conversation) => [conversation.id, conversation]);
  }));
  return [...byId.values()].sort(newestFirst).slice(0, LISTED_CONVERSATIONS);
}

/**
 * Reads some conversations. Those that the agent may not see are left out.
 *
 * @throws {Error} If the database refuses or cannot be reached.
 */
export async function readConversationsById(
  supabase: Supabase,
  signal: AbortSignal,
  ids: string[],
): Promise<Conversation[]> {
  if (ids.length === 0) return [];
  const { data, error } = await supabase.from("recruiting_conversations")
    .select(CONVERSATION_COLUMNS)
    .in("id", ids)
    .order("seq", { referencedTable: "recruiting_messages", ascending: false })
    .limit(PREVIEWED_MESSAGES, { referencedTable: "recruiting_messages" })
    .abortSignal(signal);
  if (error) throw new Error(error.message);
  return data;
}

/** Orders conversations by their newest message. */
export function newestFirst(
  one: { id: string; last_message_at: string },
  other: { id: string; last_message_at: string },
): number {
  if (one.last_message_at === other.last_message_at) return one.id < other.id ? -1 : 1;
  return one.last_message_at < other.last_message_at ? 1 : -1;
}

/**
 * Reads a conversation's newest messages, oldest first.
 *
 * @param count The number of messages.
 * @throws {Error} If the database refuses or cannot be reached.
 */
export async function readMessages(
  supabase: Supabase,
  signal: AbortSignal,
  conversationId: string,
  count: number = PAGE_OF_MESSAGES,
) {
  const { data, error } = await supabase.from("recruiting_messages").select(MESSAGE_COLUMNS)
    .eq("conversation_id", conversationId)
    .order("seq", { ascending: false })
    .limit(count)
    .abortSignal(signal);
  if (error) throw new Error(error.message);
  return data.reverse();
}

/**
 * Reads every agent's name, by the agent's id.
 *
 * @throws {Error} If the database refuses or cannot be reached.
 */
export async function readAgentNames(
  supabase: Supabase,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const { data, error } = await supabase.from("recruiting_agents").select("user_id, display_name")
    .abortSignal(signal);
  if (error) throw new Error(error.message);
  return Object.fromEntries(data.map(({ user_id, display_name }) => [user_id, display_name]));
}

/** Whether the conversation has messages before those that were read. */
export function hasEarlier(messages: Message[]): boolean {
  return messages.length >= PAGE_OF_MESSAGES && messages[0].seq > 1;
}

/** The number of messages to read, to show one step further back. */
export function oneStepBack(messages: Message[]): number {
  return messages.length + PAGE_OF_MESSAGES;
}

/** A conversation in the list. */
export type Conversation = Awaited<ReturnType<typeof readConversations>>[number];

/** A message of the open conversation. */
export type Message = Awaited<ReturnType<typeof readMessages>>[number];

/** The recruit's name: the platform's, else the one on WhatsApp, else the phone. */
export function nameOf({ recruit_name, recruit_phone, recruiting_messages }: Conversation): string {
  return recruit_name || profileNameOf(recruiting_messages) || recruit_phone;
}
