/**
 * The findings as a person reads them.
 *
 * @module
 */
import { styleText } from "node:util";
import { wrappedLines } from "../command_line/wrapped_lines.ts";
import type { Finding } from "./run_checks.ts";

/** The sign of a line and its colour. */
const SIGNS = {
  true: { sign: "✓", colour: "green" },
  false: { sign: "✗", colour: "red" },
  null: { sign: "–", colour: "gray" },
} as const;

/** The columns before the text of a check. */
const INDENT = 4;

/**
 * Makes the report: a group a subject, a line a check, below it what to do, and a last line with the counts.
 *
 * @param findings The findings, in the order of their subjects.
 * @param isColoured Whether the signs are coloured.
 * @param columns The width of the terminal; undefined where the output is no terminal. What to do is not broken, so
 *   that a command can be pasted.
 */
export function reportOf(findings: Finding[], isColoured: boolean, columns = Infinity): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    isColoured ? styleText(style, text, { validateStream: false }) : text;
  const lines: string[] = [];
  /** The check that has said what to do, by what is to be done. */
  const mends = new Map<string, { group: string; label: string }>();
  let subject = "";
  for (const { id, ok, detail, mend } of findings) {
    const [group, name] = id.split(".");
    if (group !== subject) lines.push(...subject ? [""] : [], paint("bold", titleOf(group)));
    subject = group;
    const { sign, colour } = SIGNS[`${ok}`];
    const label = name.replaceAll("_", " ");
    const [first, ...others] = wrappedLines(
      `${label}: ${detail.replaceAll("\n", " ")}`,
      columns - INDENT,
    );
    lines.push(`  ${paint(colour, sign)} ${first}`);
    for (const line of others) lines.push(" ".repeat(INDENT) + line);
    // What several lines need is said below the first of them. The others name that line.
    const needed = mend?.split("\n") ?? [];
    const said = needed.flatMap((line) => mends.get(line) ?? [])
      .map((first) =>
        first.group === group ? first.label : `${titleOf(first.group)}, ${first.label}`
      );
    for (const line of needed) {
      if (mends.has(line)) continue;
      lines.push(`      ${paint("yellow", "→")} ${line}`);
      mends.set(line, { group, label });
    }
    if (ok === false && said.length > 0) {
      const names = [...new Set(said)].join(" and ");
      lines.push(`      ${paint("yellow", "→")} the same as for ${names}`);
    }
  }
  return [...lines, "", countsOf(findings)].join("\n");
}

function titleOf(subject: string): string {
  const words = subject.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function countsOf(findings: Finding[]): string {
  const count = (ok: boolean | null) => findings.filter((finding) => finding.ok === ok).length;
  return `${count(true)} right, ${count(false)} wrong, ${count(null)} not asked or not applicable`;
}
