/**
 * What the real server does and this one does not. It says so: to the client, and once a kind on
 * the terminal.
 *
 * @module
 */

const told = new Set<string>();

/**
 * Words a refusal.
 *
 * @param what The thing that is not built.
 * @param onLog Gets the line for the terminal.
 * @returns The reason for the client.
 */
export function notBuilt(what: string, onLog: (line: string) => void): string {
  const reason = `NotBuilt: the local Realtime has no ${what}; Supabase's own has`;
  if (!told.has(what)) {
    told.add(what);
    onLog(JSON.stringify({ level: "warn", event: "not_built", function: "realtime", reason }));
  }
  return reason;
}

/** The first thing that a join asks for and that is not built. */
export function notBuiltIn(config: JoinConfig): string | undefined {
  if (config.presence?.enabled) return "presence";
  if (Array.isArray(config.postgres_changes) && config.postgres_changes.length) {
    return "postgres_changes";
  }
  if (config.broadcast?.replay) return "replay";
}

/** What a join may ask for; other keys are ignored, as by the server. */
export interface JoinConfig {
  private?: unknown;
  broadcast?: { replay?: unknown; replication_ready?: unknown } | null;
  presence?: { enabled?: unknown } | null;
  postgres_changes?: unknown;
}
