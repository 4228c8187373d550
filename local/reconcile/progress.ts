/**
 * Shows how far a backfill is: a terminal gets one line that is drawn anew, everything else gets lines.
 *
 * @module
 */
import type { Counts } from "./counts.ts";

/** Shows a backfill's progress. */
export interface Progress {
  /** Shows the place. */
  show(cursor: Date, counts: Counts, isWhole: boolean): void;
  /** Says something above the bar. */
  say(line: string): void;
  /** Ends the line that is drawn anew. */
  end(): void;
}

/** Where progress is shown. */
export interface Screen {
  write(text: string): void;
  /** How many characters fit in a line of the terminal; nothing if it is none. */
  columns: number | undefined;
}

/** How many characters the bar has. */
const BAR_WIDTH = 20;

/** Goes to the line's beginning and clears it. */
const CLEAR_LINE = "\r\x1b[2K";

/** A time in whole seconds. */
export const timeOf = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, "Z");

/** This process's standard error. */
export function standardError(): Screen {
  const encoder = new TextEncoder();
  return {
    write: (text) => void Deno.stderr.writeSync(encoder.encode(text)),
    columns: Deno.stderr.isTerminal() ? Deno.consoleSize().columns || 80 : undefined,
  };
}

function shortly(counts: Counts, isDryRun: boolean): string {
  const { listed, broughtIn, asked, updated, turns, confirmed, sentAgain, failed } = counts;
  return `listed ${listed}, ${isDryRun ? "missing" : "brought in"} ${broughtIn}, ` +
    `statuses ${updated} of ${asked}, turns ${turns}, sends ${confirmed + sentAgain + failed}`;
}

/** Begins to show the progress from one time to another. */
export function showProgress(
  { since, until, isDryRun }: { since: Date; until: Date; isDryRun: boolean },
  { write, columns }: Screen,
): Progress {
  const isTerminal = columns !== undefined;
  let line = "";
  return {
    show(cursor, counts, isWhole) {
      // sms-reconcile leaves out the last minute, and so never comes to the end of a span up to now.
      const share = isWhole
        ? 1
        : Math.max((cursor.getTime() - since.getTime()) / (until.getTime() - since.getTime()), 0);
      const percent = `${String(Math.floor(share * 100)).padStart(3)} %`;
      const text = `${percent}  ${timeOf(cursor)}  ${shortly(counts, isDryRun)}`;
      if (!isTerminal) return write(`${text}\n`);
      const bar = "#".repeat(Math.floor(share * BAR_WIDTH)).padEnd(BAR_WIDTH, "-");
      // A line that wraps could not be drawn anew.
      line = `[${bar}] ${text}`.slice(0, columns - 1);
      write(CLEAR_LINE + line);
    },
    say(text) {
      write(isTerminal ? `${CLEAR_LINE}${text}\n${line}` : `${text}\n`);
    },
    end() {
      if (line) write("\n");
      line = "";
    },
  };
}
