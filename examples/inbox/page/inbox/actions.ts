/**
 * An agent's actions on a conversation. Each is a plain update that row level security and a
 * trigger guard.
 *
 * @module
 */
import type { TablesUpdate } from "../../../../supabase/functions/_shared/database/database.types.ts";
import type { Conversation, Supabase } from "./conversations.ts";

/** An action, and the update that performs it. */
export interface Action {
  name: "take" | "release" | "hand-back" | "close" | "reopen";
  label: string;
  change: Pick<TablesUpdate<"recruiting_conversations">, "status" | "assigned_agent_id">;
}

/** The actions that an agent may perform on a conversation in its present state. */
export function actionsFor(
  { status, assigned_agent_id, opted_out_at }: Conversation,
  agentId: string,
): Action[] {
  const mine: Action["change"] = { status: "escalated", assigned_agent_id: agentId };
  if (status === "closed") return [{ name: "reopen", label: "Reopen", change: mine }];
  const isMine = status === "escalated" && assigned_agent_id === agentId;
  const actions: Action[] = [
    isMine
      ? { name: "release", label: "Release", change: { assigned_agent_id: null } }
      : { name: "take", label: "Take over", change: mine },
  ];
  // The bot may not text a recruit who has opted out.
  if (status === "escalated" && !opted_out_at) {
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
 * Performs an action.
 *
 * @returns The reason for the agent to read, if it failed.
 */
export async function performAction(
  supabase: Supabase,
  conversationId: string,
  { change }: Action,
): Promise<string | undefined> {
  const { data, error } = await supabase.from("recruiting_conversations")
    .update(change).eq("id", conversationId).select("id");
  if (error) return `That did not work: ${error.message}`;
  // If two agents take over at once, one gets the row, and the other gets no row.
  return data.length === 0 ? "Another agent was faster." : undefined;
}
