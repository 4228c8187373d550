/**
 * What needs an agent's attention, as the view recruiting_attention has it.
 *
 * @module
 */
import { parseTime } from "../thread/time.ts";
import type { Supabase } from "./conversations.ts";

/** How many rows are read: what has waited longest. */
const LISTED_ROWS = 50;

/** One thing that needs an agent's attention. */
export interface Attention {
  conversationId: string;
  /** In plain words. */
  reason: string;
  since: Date;
}

/** The rows of the conversations that the agent may see, the oldest first. */
export async function readAttention(
  supabase: Supabase,
  signal: AbortSignal,
): Promise<Attention[]> {
  const { data, error } = await supabase.from("recruiting_attention")
    .select("conversation_id, reason, since")
    .order("since")
    .limit(LISTED_ROWS)
    .abortSignal(signal);
  if (error) throw new Error(error.message);
  return data.flatMap(({ conversation_id, reason, since }) =>
    conversation_id && reason && since
      ? [{ conversationId: conversation_id, reason, since: parseTime(since) }]
      : []
  );
}

/** How many there are, in words. */
export function countInWords(rows: Attention[]): string {
  if (rows.length === 1) return "1 needs attention";
  return `${rows.length === LISTED_ROWS ? `${rows.length} or more` : rows.length} need attention`;
}
