/**
 * What a bench has measured: tables, charts and the figures behind them.
 *
 * @module
 */
import type { BarChart } from "./charts/bar_chart.ts";

/** A cell: a figure, or text. */
export type Cell = string | number;

/** A table. */
export interface Table {
  /** Its name in `--json` and in docs/performance.md, unique among all benches. */
  name: string;
  head: string[];
  rows: Cell[][];
}

/** The result of one bench. */
export interface Report {
  tables: Table[];
  charts?: BarChart[];
  /** The figures as they were measured, for `--json`. */
  figures?: unknown;
}

/** Makes the report of a bench that has one table. */
export function reportOf(name: string, head: string[], rows: Cell[][]): Report {
  return { tables: [{ name, head, rows }] };
}

/** Writes a table in Markdown. */
export function markdownOf({ head, rows }: Pick<Table, "head" | "rows">): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
