/**
 * Runs a task in this process: a process of its own takes longer than most tasks.
 *
 * @module
 */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { commandLine } from "./command_line.ts";

/** What a task has printed, and its exit code. */
export interface RanTask {
  code: number;
  out: string;
  err: string;
}

/**
 * Runs a task that prints with `console` and reads nothing from its standard input. No other test may run
 * meanwhile: the console, the environment and the exit code are those of the whole process.
 *
 * @param command The default export of the task's file.
 * @param env Environment variables in addition to this process's.
 * @param args What follows the task's name.
 */
export async function runTaskHere(
  command: CommandUnknownOpts,
  env: Record<string, string>,
  ...args: string[]
): Promise<RanTask> {
  let [out, err] = ["", ""];
  const { log, error } = console;
  const before = Object.keys(env).map((name) => [name, Deno.env.get(name)] as const);
  try {
    console.log = (text: string) => void (out += `${text}\n`);
    console.error = (text: string) => void (err += `${text}\n`);
    for (const [name, value] of Object.entries(env)) Deno.env.set(name, value);
    const read = await commandLine(command, ...args);
    return { code: read.code ?? Deno.exitCode, out: out + read.out, err: err + read.err };
  } finally {
    Object.assign(console, { log, error });
    Deno.exitCode = 0;
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}
