/**
 * Refusals of the features that the local Realtime does not have. The client gets the reason, and
 * the terminal shows each feature once.
 *
 * @module
 */

const logged = new Set<string>();

/**
 * Makes a refusal.
 *
 * @param what The feature that is missing.
 * @param onLog Receives the line for the terminal.
 * @returns The reason for the client.
 */
export function notBuilt(what: string, onLog: (line: string) => void): string {
  const reason = `NotBuilt: the local Realtime has no ${what}; Supabase's own has`;
  if (!logged.has(what)) {
    logged.add(what);
    onLog(JSON.stringify({ level: "warn", event: "not_built", function: "realtime", reason }));
  }
  return reason;
}

/** The first feature that a join requests and that is missing. */
export function notBuiltIn(config: JoinConfig): string | undefined {
  if (config.presence?.enabled) return "presence";
  if (Array.isArray(config.postgres_changes) && config.postgres_changes.length) {
    return "postgres_changes";
  }
  if (config.broadcast?.replay) return "replay";
}

/** The configuration of a join. Other keys are ignored, as by the hosted server. */
export interface JoinConfig {
  private?: unknown;
  broadcast?: { replay?: unknown; replication_ready?: unknown } | null;
  presence?: { enabled?: unknown } | null;
  postgres_changes?: unknown;
}
