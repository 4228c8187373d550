/**
 * The warnings of a database call: what went wrong although the call did its work.
 *
 * @module
 */
import { z } from "zod/v3";
import type { Log, LogFields } from "../log/log.ts";

/** The log level of each warning. The line's event is the warning. */
const LEVELS = {
  /** A broadcast to agents failed. The row is written. */
  broadcast_missed: "error",
  /** A conversation was escalated while no agent was available. */
  no_agent_available: "warn",
} as const;

/** The column `warnings` of every database function that may broadcast or escalate. */
export const Warnings = z.object({
  warnings: z.array(z.enum(["broadcast_missed", "no_agent_available"])),
});

/** Logs each warning in a line of its own. */
export function logWarnings(
  log: Log,
  { warnings }: z.infer<typeof Warnings>,
  fields: LogFields,
): void {
  for (const warning of warnings) log(LEVELS[warning], warning, fields);
}
