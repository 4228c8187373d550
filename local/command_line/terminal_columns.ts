/**
 * The width of the terminal.
 *
 * @module
 */
import process from "node:process";

/** Returns the width of standard output in characters; undefined where it is no terminal. */
export function terminalColumns(): number | undefined {
  // A terminal that does not know its width reports 0 columns.
  return Deno.stdout.isTerminal() ? process.stdout.columns || 80 : undefined;
}
