/**
 * The outcome of `twilio configure --json`.
 *
 * @module
 */
import { shownText } from "../project/shown_text.ts";
import { consoleSettings } from "./console_settings.ts";
import type { Output } from "./output.ts";
import type { Setting, Target } from "./settings.ts";
import { shownBefore } from "./shown_before.ts";

/** What the command found and did. */
export interface Report {
  functionsUrl: string;
  targets: Target[];
  /** Sentences about the account. */
  notes: string[];
  /**
   * `right`: nothing had to be changed; `planned`: it was not changed because of `--dry-run`; `changed`; `failed`: a
   * step failed; `differs`: Twilio has other values after the change.
   */
  result: "right" | "planned" | "changed" | "failed" | "differs";
  /** The labels of the steps. */
  done?: string[];
  notDone?: string[];
  /** What Twilio has otherwise after the change. */
  differing?: Setting[];
}

/** Prints a report as one JSON object, without passwords and whole phone numbers. */
export function printReport(report: Report, output: Output): void {
  const { functionsUrl, targets, notes, result, done = [], notDone = [], differing = [] } = report;
  output.print(JSON.stringify(
    {
      result,
      url: functionsUrl,
      targets: targets.map(({ kind, label, settings, warnings }) => ({
        kind,
        label,
        settings: settings.map(shownSetting),
        warnings: warnings.map(({ kind, message }) => ({ kind, message })),
      })),
      notes,
      done,
      not_done: notDone,
      differing: differing.map(shownSetting),
      console: consoleSettings(functionsUrl),
    },
    (_, value) => typeof value === "string" ? shownText(value) : value,
    2,
  ));
}

function shownSetting({ name, before, after }: Setting): Setting {
  return { name, before: before === null ? null : shownBefore(before, after), after };
}
