/**
 * Whether the signed-in user is still an agent.
 *
 * Realtime refuses a private topic for several reasons, such as an expired token. The user's own row
 * in recruiting_agents decides: only agents can read that table.
 *
 * @module
 */
import type { SupabaseClient } from "@supabase/supabase-js";

/** The longest time that one check may take, in ms. */
const CHECK_WITHIN_MS = 10_000;

/** Checks of one user. */
export interface AgentCheck {
  /** Reads the user's row, unless a read of it is running. An error proves nothing, and is ignored. */
  check(): void;
  /**
   * Ends the running check. Nothing is reported from now on.
   *
   * @returns Resolves when the request has ended. It never rejects.
   */
  stop(): Promise<void>;
}

/**
 * Prepares checks.
 *
 * @param supabase A client that is signed in as the agent.
 * @param agentId The agent's user id.
 * @param onNotAnAgent Called when the user's row cannot be read without an error.
 */
export function createAgentCheck(
  supabase: SupabaseClient,
  agentId: string,
  onNotAnAgent: () => void,
): AgentCheck {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;

  const isRowMissing = async () => {
    const { data, error } = await supabase.from("recruiting_agents").select("user_id")
      .eq("user_id", agentId)
      .abortSignal(AbortSignal.any([stopping.signal, AbortSignal.timeout(CHECK_WITHIN_MS)]));
    return !error && data.length === 0;
  };
  const run = async () => {
    // A rejection means, for example, that the client cannot get a token.
    const isMissing = await isRowMissing().catch(() => false);
    running = undefined;
    if (isMissing && !stopping.signal.aborted) onNotAnAgent();
  };
  return {
    check() {
      if (!stopping.signal.aborted) running ??= run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
