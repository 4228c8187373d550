/**
 * Tables of figures, in Markdown.
 *
 * @module
 */
import { type Cell, markdownOf } from "./report.ts";

/** Prints a table. */
export function printTable(head: string[], rows: Cell[][]): void {
  console.log(markdownOf({ head, rows }));
}

/** The median of some figures. */
export function median(figures: number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
