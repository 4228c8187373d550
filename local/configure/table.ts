/**
 * The table of settings: name, before, after.
 *
 * @module
 */
import { DEFAULT_OVERRIDES } from "../../supabase/functions/_shared/configuration/environment.ts";
import { shownText } from "../project/shown_text.ts";
import type { Setting } from "./settings.ts";
import { shownBefore } from "./shown_before.ts";

/** How a table is printed. */
export interface TableStyle {
  /** The width of the terminal; undefined where the output is no terminal. */
  columns: number | undefined;
  /** The base URL that is abbreviated where a table is too wide. */
  functionsUrl: string;
}

type Row = [name: string, before: string, after: string];

const HEADER: Row = ["setting", "before", "after"];
const INDENT = "  ";
const GAP = "  ";

/** The narrowest column of values. */
const MIN_VALUE = 12;

/** Whether the tables of all settings fit, without an abbreviation. */
export function fits(settings: Setting[], { columns }: TableStyle): boolean {
  return columns === undefined || widthOf(settings.map(rowOf)) <= columns;
}

/**
 * Lays a table out.
 *
 * @param isAbbreviated Whether URLs are written as `legend` says.
 * @returns Its lines. A value that is still too long goes on in the next line.
 */
export function tableLines(
  settings: Setting[],
  style: TableStyle,
  isAbbreviated: boolean,
): string[] {
  const rows = settings.map(rowOf).map(([name, before, after]): Row =>
    isAbbreviated
      ? [name, abbreviated(before, style), abbreviated(after, style)]
      : [name, before, after]
  );
  const [name, before, after] = columnWidths(rows, style);
  return [HEADER, ...rows].flatMap((row) => {
    const cells = [[row[0]], pieces(row[1], before), pieces(row[2], after)];
    const height = Math.max(...cells.map((cell) => cell.length));
    return Array.from({ length: height }, (_, line) =>
      (INDENT + [
        (cells[0][line] ?? "").padEnd(name),
        (cells[1][line] ?? "").padEnd(before),
        cells[2][line] ?? "",
      ].join(GAP)).trimEnd());
  });
}

/** Says what the abbreviations in a table's lines stand for. */
export function legend(lines: string[], { functionsUrl }: TableStyle): string[] {
  return [
    ["…/", `${shownText(functionsUrl)}/`],
    ["#…", `#${DEFAULT_OVERRIDES}`],
  ].filter(([short]) => lines.some((line) => line.includes(short)))
    .map(([short, long]) => `${INDENT}${short}  stands for ${long}`);
}

function rowOf({ name, before, after }: Setting): Row {
  return [name, before === null ? "–" : shownBefore(before, after), shownText(after)];
}

function abbreviated(value: string, { functionsUrl }: TableStyle): string {
  const base = `${shownText(functionsUrl)}/`;
  const short = value.startsWith(base) ? `…/${value.slice(base.length)}` : value;
  return short.replace(`#${DEFAULT_OVERRIDES}`, "#…");
}

function columnWidths(rows: Row[], { columns }: TableStyle): number[] {
  const widest = widestCells(rows);
  const [name, before, after] = widest;
  if (columns === undefined || widthOf(rows) <= columns) return widest;
  const room = columns - INDENT.length - name - 2 * GAP.length;
  const half = Math.max(MIN_VALUE, Math.floor(room / 2));
  if (after <= half) return [name, Math.max(MIN_VALUE, room - after), after];
  if (before <= half) return [name, before, Math.max(MIN_VALUE, room - before)];
  return [name, half, half];
}

function widestCells(rows: Row[]): number[] {
  return HEADER.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column].length))
  );
}

function widthOf(rows: Row[]): number {
  return INDENT.length + widestCells(rows).reduce((sum, width) => sum + width) + 2 * GAP.length;
}

function pieces(value: string, width: number): string[] {
  return value.match(new RegExp(`.{1,${width}}`, "gu")) ?? [""];
}
