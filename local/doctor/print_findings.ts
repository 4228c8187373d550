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
  const mends = new Set<string>();
  let subject = "";
  for (const { id, ok, detail, mend } of findings) {
    const [group, name] = id.split(".");
    if (group !== subject) lines.push(...subject ? [""] : [], paint("bold", titleOf(group)));
    subject = group;
    const { sign, colour } = SIGNS[`${ok}`];
    lines.push(
      `  ${paint(colour, sign)} ${name.replaceAll("_", " ")}: ${detail.replaceAll("\n", " ")}`,
    );
    // What several lines need is said below the first of them.
    for (const line of mend?.split("\n") ?? []) {
      if (mends.has(line)) continue;
      lines.push(`      ${paint("yellow", "→")} ${line}`);
      mends.add(line);
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
