/**
 * What a tool says of an address where nothing answers.
 *
 * @module
 */
import { isLoopback } from "../../supabase/functions/_shared/webhook/webhook_signers.ts";
import { taskCommand } from "./task_command.ts";

/** Names the address, and for one on this machine the command that starts the stack. */
export function noAnswer(url: string): string {
  const hint = isLoopback(url) ? ` Is \`${taskCommand("start")}\` running?` : "";
  return `Nothing answers at ${url}.${hint}`;
}
