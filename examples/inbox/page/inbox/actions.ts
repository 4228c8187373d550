/**
 * What an agent may do with a conversation: plain updates, which row level security and a trigger
 * guard.
 *
 * @module
 */
import type { Conversation, Supabase } from "./conversations.ts";

/** What an agent may do with a conversation. */
export interface Action {
  name: "take" | "release" | "hand-back" | "close" | "reopen";
  label: string;
  change: { status?: string; assigned_agent_id?: string | null };
}

/** What an agent may do with a conversation now. */
export function actionsFor(
  { status, assigned_agent_id }: Conversation,
  agentId: string,
): Action[] {
  const mine = { status: "escalated", assigned_agent_id: agentId };
  if (status === "closed") return [{ name: "reopen", label: "Reopen", change: mine }];
  const isMine = status === "escalated" && assigned_agent_id === agentId;
  const actions: Action[] = [
    isMine
      ? { name: "release", label: "Release", change: { assigned_agent_id: null } }
      : { name: "take", label: "Take over", change: mine },
  ];
  if (status === "escalated") {
    actions.push({
      name: "hand-back",
      label: "Hand back to the bot",
      change: { status: "bot", assigned_agent_id: null },
    });
  }
  actions.push({ name: "close", label: "Close", change: { status: "closed" } });
  return actions;
}

/**
 * Does it.
 *
 * @returns Why not, in words; nothing when it is done.
 */
export async function act(
  supabase: Supabase,
  conversationId: string,
  { change }: Action,
): Promise<string | undefined> {
  const { data, error } = await supabase.from("recruiting_conversations")
    .update(change).eq("id", conversationId).select("id");
  if (error) return `That did not work: ${error.message}`;
  // Of two who take one at once, one gets the row.
  return data.length === 0 ? "Another agent was faster." : undefined;
}
