/**
 * The progress of a backfill: one line that is redrawn on a terminal, and plain lines elsewhere.
 *
 * @module
 */
import type { Counts } from "./counts.ts";

/** Shows a backfill's progress. */
export interface Progress {
  /** Shows the cursor and the counts. `isWhole` means that the whole span is compared. */
  show(cursor: Date, counts: Counts, isWhole: boolean): void;
  /** Prints a line above the bar. */
  print(line: string): void;
  /** Ends the redrawn line. */
  end(): void;
}

/** The output for the progress. */
export interface Screen {
  write(text: string): void;
  /** The terminal's width in characters; undefined for an output that is not a terminal. */
  columns: number | undefined;
}

/** The bar's width, in characters. */
const BAR_WIDTH = 20;

/** Moves to the beginning of the line and clears it. */
const CLEAR_LINE = "\r\x1b[2K";

/** Formats a time in whole seconds, ISO 8601. */
export const timeOf = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, "Z");

/** Standard error as an output. */
export function standardError(): Screen {
  const encoder = new TextEncoder();
  return {
    write: (text) => void Deno.stderr.writeSync(encoder.encode(text)),
    columns: Deno.stderr.isTerminal() ? Deno.consoleSize().columns || 80 : undefined,
  };
}

function countsInWords(counts: Counts, isDryRun: boolean): string {
  const { listed, broughtIn, asked, updated, turns, confirmed, sentAgain, failed } = counts;
  return `listed ${listed}, ${isDryRun ? "missing" : "brought in"} ${broughtIn}, ` +
    `statuses ${updated} of ${asked}, turns ${turns}, sends ${confirmed + sentAgain + failed}`;
}

/** Starts to show the progress through a span. */
export function showProgress(
  { since, until, isDryRun }: { since: Date; until: Date; isDryRun: boolean },
  { write, columns }: Screen,
): Progress {
  const isTerminal = columns !== undefined;
  let line = "";
  return {
    show(cursor, counts, isWhole) {
      // sms-reconcile leaves out the last minute, so the cursor of a span up to now stays below the
      // end.
      const share = isWhole
        ? 1
        : Math.max((cursor.getTime() - since.getTime()) / (until.getTime() - since.getTime()), 0);
      const percent = `${String(Math.floor(share * 100)).padStart(3)} %`;
      const text = `${percent}  ${timeOf(cursor)}  ${countsInWords(counts, isDryRun)}`;
      if (!isTerminal) return write(`${text}\n`);
      const bar = "#".repeat(Math.floor(share * BAR_WIDTH)).padEnd(BAR_WIDTH, "-");
      // A line that wraps could not be redrawn.
      line = `[${bar}] ${text}`.slice(0, columns - 1);
      write(CLEAR_LINE + line);
    },
    print(text) {
      write(isTerminal ? `${CLEAR_LINE}${text}\n${line}` : `${text}\n`);
    },
    end() {
      if (line) write("\n");
      line = "";
    },
  };
}
