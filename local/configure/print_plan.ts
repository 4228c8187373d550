/**
 * Prints what would be changed, what makes it useless, and what only the console sets.
 *
 * @module
 */
import { wrappedLines } from "../command_line/wrapped_lines.ts";
import { shownText } from "../project/shown_text.ts";
import { consoleSettings } from "./console_settings.ts";
import { type Output, styled } from "./output.ts";
import { type Setting, type Target, wrongSettings } from "./settings.ts";
import { fits, legend, tableLines, type TableStyle } from "./table.ts";

/** The columns before a note's text. */
const NOTE_INDENT = 4;

/** What is printed of the account as a whole. */
export interface AccountNotes {
  /** Sentences about the account or the project, beside the targets' own warnings. */
  notes: string[];
  functionsUrl: string;
}

/** Prints a table for each target that has something to change, and every warning. */
export function printPlan(
  targets: Target[],
  { notes, functionsUrl }: AccountNotes,
  output: Output,
): void {
  const style: TableStyle = { columns: output.columns, functionsUrl };
  const isAbbreviated = !targets.every(({ settings }) => fits(wrongSettings(settings), style));
  const lines: string[] = [];
  for (const target of targets) {
    const wrong = wrongSettings(target.settings);
    const right = target.settings.length - wrong.length;
    output.print(styled("bold", target.label) + (wrong.length === 0 ? ": nothing to change" : ""));
    if (wrong.length > 0) lines.push(...printTable(wrong, style, isAbbreviated, output));
    if (wrong.length > 0 && right > 0) {
      output.print(
        styled("dim", `  ${count(right, "other setting")} ${right === 1 ? "is" : "are"} right`),
      );
    }
    for (const { message } of target.warnings) printNote(message, output);
    output.print("");
  }
  if (isAbbreviated) {
    for (const line of legend(lines, style)) output.print(styled("dim", line));
    output.print("");
  }
  for (const note of notes) printNote(note, output);
  if (notes.length > 0) output.print("");
}

/** Prints a table of settings. @returns Its lines without the header. */
export function printTable(
  settings: Setting[],
  style: TableStyle,
  isAbbreviated: boolean,
  output: Output,
): string[] {
  const [header, ...lines] = tableLines(settings, style, isAbbreviated);
  output.print(styled("dim", header));
  for (const line of lines) output.print(line);
  return lines;
}

/** Prints where to click for what no API sets. */
export function printConsoleSettings(functionsUrl: string, output: Output): void {
  const settings = consoleSettings(functionsUrl);
  const width = Math.max(...settings.map(({ what }) => what.length));
  output.print("Only Twilio's console sets these (https://console.twilio.com), if you use them:");
  for (const { what, where, url } of settings) {
    output.print(`  ${what.padEnd(width)}  ${where}`);
    output.print(`  ${"".padEnd(width)}  ${shownText(url)}`);
  }
  if (shownText(functionsUrl) !== functionsUrl) {
    output.print("  with the user and the password of TWILIO_WEBHOOK_BASE_URL in each URL");
  }
}

/** Says a number of things, such as `1 setting` or `3 settings`. */
export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}

/** Prints a sentence. On a terminal no word is broken at its edge. */
function printNote(message: string, output: Output): void {
  const [first, ...others] = wrappedLines(
    shownText(message),
    (output.columns ?? Infinity) - NOTE_INDENT,
  );
  output.print(`  ${styled("yellow", "!")} ${first}`);
  for (const line of others) output.print(" ".repeat(NOTE_INDENT) + line);
}
