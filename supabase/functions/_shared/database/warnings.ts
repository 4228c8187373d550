/**
 * The warnings of a database call: what went wrong although the call did its work.
 *
 * @module
 */
import { z } from "zod/v3";
import type { Log, LogFields } from "../log/log.ts";
import { Constants } from "./database.constants.ts";
import type { Enums } from "./database.types.ts";

/** The log level of each warning. The line's event is the warning. */
const LEVELS = {
  broadcast_missed: "error",
  no_agent_available: "warn",
} as const satisfies Record<Enums<"recruiting_warning">, Parameters<Log>[0]>;

/** The column `warnings` of every database function that may broadcast or escalate. */
export const Warnings = z.object({
  warnings: z.array(z.enum(Constants.public.Enums.recruiting_warning)),
});

/** Logs each warning in a line of its own. */
export function logWarnings(
  log: Log,
  { warnings }: z.infer<typeof Warnings>,
  fields: LogFields,
): void {
  for (const warning of warnings) log(LEVELS[warning], warning, fields);
}
