/**
 * The command line of a task: options, help and exit codes, through Commander.
 *
 * Exit codes: 0 done, 1 failed, 2 wrong options.
 *
 * @see https://github.com/tj/commander.js
 * @module
 */
import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import process from "node:process";
import { styleText } from "node:util";
import { errorMessage } from "../error_message.ts";
import { shieldFromShellVariables } from "../settings/shell_variables.ts";
import { shownError } from "./shown_error.ts";
import { DENO } from "./task_command.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Begins the command line of a task. Add options, subcommands and the action to it.
 *
 * @param name The task's name in deno.json.
 * @param description What it does, in a sentence or two.
 */
export function task(name: string, description: string): Command {
  return new Command(`${DENO} task ${name}`)
    .description(description)
    .helpOption("-h, --help", "Print this text")
    .helpCommand(false)
    .configureHelp({ styleTitle: (title) => styleText("bold", title) })
    .configureOutput({ outputError: (text, write) => write(inColour(shownError(text), "error:")) })
    .showHelpAfterError("Add --help to see the options.")
    .exitOverride();
}

/**
 * Reads the command line, runs the task's action, and ends the process. An action that has failed sets
 * `Deno.exitCode` to 1, or throws.
 *
 * @param command What `task` began.
 * @param args The arguments of the process.
 */
export async function runTask(
  command: CommandUnknownOpts,
  args: string[] = Deno.args,
): Promise<never> {
  shieldFromShellVariables();
  // The task's command sets it, and for the processes that a task starts it would win over --quiet.
  Deno.env.delete("DENO_LOG");
  Deno.exitCode = await readCommandLine(command, args) ?? Deno.exitCode;
  Deno.exit();
}

/**
 * Reads a command line, runs its action, and prints what is wrong, as Commander prints.
 *
 * @param command What `task` began.
 * @param args The arguments.
 * @returns The exit code of an error or of --help. Undefined once the action has ended.
 */
export async function readCommandLine(
  command: CommandUnknownOpts,
  args: string[],
): Promise<number | undefined> {
  try {
    await command.parseAsync(args, { from: "user" });
  } catch (error) {
    // Commander has printed its error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const print = (text: string) => command.configureOutput().writeErr?.(text);
    const message = shownError(errorMessage(error));
    print(inColour(`error: ${message}\n`, "error:"));
    if (!(error instanceof UsageError)) return 1;
    print("Add --help to see the options.\n");
    return 2;
  }
}

function inColour(text: string, word: string): string {
  const { stderr } = process;
  return text.replace(word, styleText("red", word, { stream: stderr }));
}
