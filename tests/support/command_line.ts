/**
 * Reads a command line as a task does, without a process of its own.
 *
 * @module
 */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { readCommandLine } from "../../local/command_line/task.ts";

/** What a command line has printed, and the exit code of the task. */
export interface ReadCommandLine {
  /** Undefined once an action has run to its end. */
  code: number | undefined;
  out: string;
  err: string;
}

/**
 * Reads a command line. Its action runs if nothing is wrong, so give it one that a task refuses or explains.
 *
 * @param command The default export of the task's file.
 * @param args What follows the task's name.
 */
export async function commandLine(
  command: CommandUnknownOpts,
  ...args: string[]
): Promise<ReadCommandLine> {
  let [out, err] = ["", ""];
  for (const one of [command, ...command.commands]) {
    one.configureOutput({
      writeOut: (text) => void (out += text),
      writeErr: (text) => void (err += text),
      // As where the output is no terminal.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
    });
  }
  const code = await readCommandLine(command, args);
  return { code, out, err };
}
