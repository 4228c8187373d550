/**
 * Tables of figures, in Markdown.
 *
 * @module
 */

/** Prints a table. */
export function printTable(head: string[], rows: (string | number)[][]): void {
  const lines = [head, head.map(() => "---"), ...rows];
  console.log(lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n"));
}

/** The median of some figures. */
export function median(figures: number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
