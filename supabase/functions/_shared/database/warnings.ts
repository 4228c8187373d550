/**
 * What the database tells beside a call's result: what went wrong though the call did its work.
 *
 * @module
 */
import { z } from "zod/v3";
import type { Log, LogFields } from "../log/log.ts";

/** The level of each warning's line, which the warning names. */
const LEVELS = {
  /** An agent should have been told and could not be: the row is there all the same. */
  broadcast_missed: "error",
  /** A conversation was escalated, and no agent was available. */
  no_agent_available: "warn",
} as const;

/** The column `warnings` that every function of the database has which may tell an agent, or escalate. */
export const Warnings = z.object({
  warnings: z.array(z.enum(["broadcast_missed", "no_agent_available"])),
});

/** Writes a line for each warning. */
export function logWarnings(
  log: Log,
  { warnings }: z.infer<typeof Warnings>,
  fields: LogFields,
): void {
  for (const warning of warnings) log(LEVELS[warning], warning, fields);
}
