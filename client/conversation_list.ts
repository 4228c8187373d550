/**
 * An agent's list of conversations, in the order in which recruits wait.
 *
 * Order and filters are in the queries, each in the order of an index. So a page of the list is
 * right, and costs the same, however many conversations there are.
 *
 * @module
 */
import type { SupabaseClient } from "@supabase/supabase-js";

/**
 * Which conversations are listed. Each conversation is in one filter besides `all`.
 *
 * | filter       | conversations                                                               |
 * | ------------ | --------------------------------------------------------------------------- |
 * | `all`        | all that the agent may read                                                 |
 * | `mine`       | escalated, and assigned to the agent                                        |
 * | `unassigned` | escalated, and without an agent: one must take them                         |
 * | `bot`        | the bot answers                                                             |
 * | `closed`     | closed, those with a text after the closing first                           |
 */
export type ConversationFilter = "all" | "mine" | "unassigned" | "bot" | "closed";

/** What a row must have, whatever else a front end selects. */
export interface ListedConversation {
  id: string;
  /** The order of recruits who wait, the longest wait first. */
  waiting_since: string | null;
  /** The order of the others, the newest first. */
  last_message_at: string;
}

/** A query of conversations, as supabase-js builds it. */
export type ConversationQuery = ReturnType<typeof selectConversations>;

/** What to read. */
export interface ConversationListOptions {
  /** The signed-in agent's user id. */
  agentId: string;
  filter: ConversationFilter;
  /** How many conversations to read: a further page is a greater count. */
  count: number;
  /** The columns and embedded tables; id, waiting_since and last_message_at must be among them. */
  columns: string;
  /** Adds to each query, such as the order of embedded messages. */
  extend?(query: ConversationQuery): ConversationQuery;
  signal: AbortSignal;
}

/** The beginning of the list. */
export interface ConversationList<Conversation> {
  conversations: Conversation[];
  /** Whether there are more conversations than were asked for. */
  hasMore: boolean;
}

/** A part of the list. Its rows are in one order, and come before those of the next part. */
interface Part {
  order: "waiting" | "newest";
  /** Conditions of its queries. "is null" and "= the agent" are two, because each has an index. */
  queries: ((query: ConversationQuery) => ConversationQuery)[];
}

/**
 * Reads the beginning of the list. It reads a part after the other, until it has enough.
 *
 * @returns The conversations in the order of {@link partsOf}.
 * @throws {Error} If the database refuses or cannot be reached.
 */
export async function readConversationList<Conversation extends ListedConversation>(
  supabase: SupabaseClient,
  { agentId, filter, count, columns, extend = (query) => query, signal }: ConversationListOptions,
): Promise<ConversationList<Conversation>> {
  // A conversation that moves to a later part between two reads is listed once.
  const found = new Map<string, Conversation>();
  for (const { order, queries } of partsOf(filter, agentId)) {
    const limit = count + 1 - found.size;
    if (limit <= 0) break;
    const answers = await Promise.all(queries.map(async (withConditions) => {
      const query = withConditions(extend(selectConversations(supabase, columns)));
      const ordered = order === "waiting"
        ? query.order("waiting_since").order("last_message_at").order("id")
        : query.order("last_message_at", { ascending: false }).order("id");
      const { data, error } = await ordered.limit(limit).abortSignal(signal)
        .overrideTypes<Conversation[], { merge: false }>();
      if (error) throw new Error(error.message);
      return data;
    }));
    const rows = answers.flat().sort(order === "waiting" ? longestWaitFirst : newestFirst);
    for (const row of rows.slice(0, limit)) found.set(row.id, row);
  }
  const conversations = [...found.values()];
  return { conversations: conversations.slice(0, count), hasMore: conversations.length > count };
}

function selectConversations(supabase: SupabaseClient, columns: string) {
  return supabase.from("recruiting_conversations").select(columns);
}

/** Escalated, or with a text after the closing; the predicate of the index. */
const NEEDS_AN_AGENT = "status.eq.escalated,waiting_since.not.is.null";

/** The parts of the list under a filter, the first one on top. */
function partsOf(filter: ConversationFilter, agentId: string): Part[] {
  const mine = (query: ConversationQuery) => query.eq("assigned_agent_id", agentId);
  const unassigned = (query: ConversationQuery) => query.is("assigned_agent_id", null);
  const waiting = (query: ConversationQuery) => query.not("waiting_since", "is", null);
  const notWaiting = (query: ConversationQuery) => query.is("waiting_since", null);
  switch (filter) {
    case "all":
      return [
        { order: "waiting", queries: [(query) => unassigned(query).or(NEEDS_AN_AGENT)] },
        { order: "waiting", queries: [(query) => waiting(mine(query))] },
        {
          order: "newest",
          queries: [
            (query) => notWaiting(mine(query)),
            (query) => notWaiting(unassigned(query)).neq("status", "escalated"),
          ],
        },
      ];
    case "mine": {
      const escalated = (query: ConversationQuery) => mine(query).eq("status", "escalated");
      return [
        { order: "waiting", queries: [(query) => waiting(escalated(query))] },
        { order: "newest", queries: [(query) => notWaiting(escalated(query))] },
      ];
    }
    case "unassigned":
      return [{
        order: "waiting",
        queries: [(query) => unassigned(query).eq("status", "escalated")],
      }];
    case "bot":
      return [{
        order: "newest",
        queries: [mine, unassigned].map((owned) => (query) => owned(query).eq("status", "bot")),
      }];
    case "closed":
      return ([["waiting", waiting], ["newest", notWaiting]] as const).map(([order, which]) => ({
        order,
        queries: [mine, unassigned].map((owned) => (query) =>
          which(owned(query)).eq("status", "closed")
        ),
      }));
  }
}

function longestWaitFirst(one: ListedConversation, other: ListedConversation): number {
  if (one.waiting_since === other.waiting_since) return -newestFirst(one, other);
  if (one.waiting_since === null) return 1;
  if (other.waiting_since === null) return -1;
  return one.waiting_since < other.waiting_since ? -1 : 1;
}

function newestFirst(one: ListedConversation, other: ListedConversation): number {
  if (one.last_message_at === other.last_message_at) return one.id < other.id ? -1 : 1;
  return one.last_message_at < other.last_message_at ? 1 : -1;
}
