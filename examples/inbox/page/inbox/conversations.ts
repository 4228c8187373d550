/**
 * Conversations and messages as agents read them, through row level security.
 *
 * @module
 */
import type { SupabaseClient } from "@supabase/supabase-js";
import {
  type ConversationFilter,
  type ConversationList,
  type ListedConversation,
  readConversationList,
} from "../../../../client/conversation_list.ts";
import type { Database } from "../../../../supabase/functions/_shared/database/database.types.ts";
import { parseTime } from "../thread/time.ts";
import { profileNameOf } from "./message_columns.ts";

/** A client of the project's own tables. */
export type Supabase = SupabaseClient<Database>;

/** The number of conversations that the list shows at first, and by each step further. */
export const PAGE_OF_CONVERSATIONS = 50;

/** The number of newest messages of each conversation that the list reads, to count unread ones. */
export const PREVIEWED_MESSAGES = 20;

/** The number of messages that are read when a conversation opens, and by each step back. */
const PAGE_OF_MESSAGES = 100;

const CONVERSATION_COLUMNS =
  "id, channel, recruit_phone, canonical_phone, twilio_phone, recruit_name, status, assigned_agent_id, escalation_reason, opted_out_at, last_seq, last_message_at, waiting_since, recruiting_messages(id, conversation_id, seq, direction, body, media, metadata, status, error_code, error_message, content_sid, content_variables, created_at), last_texts:recruiting_messages(created_at)";

const MESSAGE_COLUMNS =
  "id, seq, conversation_id, direction, sender_type, agent_id, body, media, metadata, status, error_code, error_message, read_at, created_at, idempotency_key, content_sid, content_variables";

/** A conversation in the list, with its newest messages and the recruit's newest text. */
export type Conversation = Awaited<ReturnType<typeof readConversationsById>>[number];

/**
 * Reads the beginning of the list.
 *
 * @param count The number of conversations.
 * @throws {Error} If the database refuses or cannot be reached.
 */
export function readConversations(
  supabase: Supabase,
  signal: AbortSignal,
  { agentId, filter, count }: { agentId: string; filter: ConversationFilter; count: number },
): Promise<ConversationList<Conversation>> {
  return readConversationList<Conversation>(supabase, {
    agentId,
    filter,
    count,
    signal,
    columns: CONVERSATION_COLUMNS,
    extend: (query) =>
      query
        .order("seq", { referencedTable: "recruiting_messages", ascending: false })
        .limit(PREVIEWED_MESSAGES, { referencedTable: "recruiting_messages" })
        .eq("last_texts.direction", "inbound")
        .order("seq", { referencedTable: "last_texts", ascending: false })
        .limit(1, { referencedTable: "last_texts" }),
  });
}

/**
 * Reads which conversation of the bot has the newest message.
 *
 * @returns Its id and the number of its newest message, as one text; undefined if there is none.
 * @throws {Error} If the database refuses or cannot be reached.
 */
export async function readNewestOfBot(
  supabase: Supabase,
  signal: AbortSignal,
  agentId: string,
): Promise<string | undefined> {
  const { conversations: [newest] } = await readConversationList<
    ListedConversation & { last_seq: number }
  >(supabase, {
    agentId,
    filter: "bot",
    count: 1,
    signal,
    columns: "id, last_seq, waiting_since, last_message_at",
  });
  return newest && `${newest.id} ${newest.last_seq}`;
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
) {
  if (ids.length === 0) return [];
  const { data, error } = await supabase.from("recruiting_conversations")
    .select(CONVERSATION_COLUMNS)
    .in("id", ids)
    .order("seq", { referencedTable: "recruiting_messages", ascending: false })
    .limit(PREVIEWED_MESSAGES, { referencedTable: "recruiting_messages" })
    .eq("last_texts.direction", "inbound")
    .order("seq", { referencedTable: "last_texts", ascending: false })
    .limit(1, { referencedTable: "last_texts" })
    .abortSignal(signal);
  if (error) throw new Error(error.message);
  return data;
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

/** A message of the open conversation. */
export type Message = Awaited<ReturnType<typeof readMessages>>[number];

/** The recruit's name: the platform's, else the one on WhatsApp, else the phone. */
export function nameOf({ recruit_name, recruit_phone, recruiting_messages }: Conversation): string {
  return recruit_name || profileNameOf(recruiting_messages) || recruit_phone;
}

/**
 * When the recruit's newest text arrived; undefined if there is none. A text that came late has an
 * earlier time than the one before it.
 */
export function lastTextAt({ last_texts, recruiting_messages }: Conversation): Date | undefined {
  const times = [
    ...last_texts,
    ...recruiting_messages.filter(({ direction }) => direction === "inbound"),
  ].map(({ created_at }) => parseTime(created_at).getTime());
  return times.length === 0 ? undefined : new Date(Math.max(...times));
}
