/**
 * Rows of the view recruiting_attention: conversations that need an agent's attention.
 *
 * @module
 */
import type { Enums } from "../../../../supabase/functions/_shared/database/database.types.ts";
import { parseTime } from "../thread/time.ts";
import type { Supabase } from "./conversations.ts";

/** The number of rows that are read, those that have waited longest. */
const MAX_ROWS = 50;

/** A conversation that needs an agent's attention. */
export interface Attention {
  conversationId: string;
  kind: Enums<"recruiting_attention_kind">;
  /** The view's reason, in plain words. */
  reason: string;
  since: Date;
}

/**
 * Reads the rows of the conversations that the agent may see, the oldest first.
 *
 * @throws {Error} If the database refuses or cannot be reached.
 */
export async function readAttention(
  supabase: Supabase,
  signal: AbortSignal,
): Promise<Attention[]> {
  const { data, error } = await supabase.from("recruiting_attention")
    .select("conversation_id, kind, reason, since")
    .order("since")
    .limit(MAX_ROWS)
    .abortSignal(signal);
  if (error) throw new Error(error.message);
  return data.flatMap(({ conversation_id, kind, reason, since }) =>
    conversation_id && kind && reason && since
      ? [{ conversationId: conversation_id, kind, reason, since: parseTime(since) }]
      : []
  );
}

/** The number of rows, in words. */
export function countInWords(rows: Attention[]): string {
  if (rows.length === 1) return "1 needs attention";
  return `${rows.length === MAX_ROWS ? `${rows.length} or more` : rows.length} need attention`;
}
