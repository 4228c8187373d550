/**
 * The findings as a person reads them.
 *
 * @module
 */
import { styleText } from "node:util";
import type { Finding } from "./run_checks.ts";

/** The sign of a line and its colour. */
const SIGNS = {
  true: { sign: "✓", colour: "green" },
  false: { sign: "✗", colour: "red" },
  null: { sign: "–", colour: "gray" },
} as const;

/**
 * Makes the report: a group a subject, a line a check, below it what to do, and a last line with the counts.
 *
 * @param findings The findings, in the order of their subjects.
 * @param isColoured Whether the report goes to a terminal.
 */
export function reportOf(findings: Finding[], isColoured: boolean): string {
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
    lines.push(`  ${paint(colour, sign)} ${label}: ${detail}`);
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
