/**
 * Where `twilio configure` prints, and whom it asks.
 *
 * @module
 */
import process from "node:process";
import { styleText } from "node:util";
import { terminalColumns } from "../command_line/terminal_columns.ts";

/** The output of a task. */
export interface Output {
  /** Prints a line on standard output. */
  print(line: string): void;
  /** Prints a line on standard error. */
  printError(line: string): void;
  /** The width of the terminal; undefined where standard output is no terminal. */
  columns: number | undefined;
  /** Asks a question with yes or no; undefined where there is no terminal to ask on. */
  ask: ((question: string) => boolean) | undefined;
}

/** The output of this process. */
export function processOutput(): Output {
  const isTerminal = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  return {
    print: (line) => console.log(line),
    printError: (line) => console.error(line),
    columns: terminalColumns(),
    ask: isTerminal ? (question) => confirm(question) : undefined,
  };
}

/** Formats a text for standard output. It stays plain where that is no terminal, or NO_COLOR is set. */
export function styled(format: "bold" | "dim" | "green" | "red" | "yellow", text: string): string {
  return styleText(format, text, { stream: process.stdout });
}
