/**
 * What the functions miss at start, said again under the banner of `task start`, where the developer
 * reads it.
 *
 * @module
 */
import { z } from "zod/v3";
import { parseJson } from "../parse_json.ts";

/** The lines about a problem. Their reasons hold neither a text nor a secret. */
const ProblemLine = z.object({
  event: z.enum(["not_configured", "does_not_start"]),
  function: z.string(),
  reason: z.string(),
});

/** What to do about the problems of an event. */
const HEADINGS = {
  not_configured:
    "Not configured. Set it in supabase/functions/.env or in the environment, then stop and start again:",
  does_not_start: "Functions that cannot be loaded. They start by themselves after your edit:",
};

/** Collects problems. */
export interface StartProblems {
  /** Reads a line of the functions' log. */
  add(line: string): void;
  /** The problems in words, each one once, with the functions that have it; empty if there are none. */
  words(): string;
}

/** Starts collecting. */
export function collectStartProblems(): StartProblems {
  const found = new Map<keyof typeof HEADINGS, Map<string, Set<string>>>();
  return {
    add(line) {
      const { data: problem } = ProblemLine.safeParse(parseJson(line));
      if (!problem) return;
      const { event, reason } = problem;
      const reasons = found.get(event) ?? new Map<string, Set<string>>();
      found.set(event, reasons);
      reasons.set(reason, (reasons.get(reason) ?? new Set()).add(problem.function));
    },
    words: () =>
      [...found].map(([event, reasons]) =>
        [
          HEADINGS[event],
          "",
          ...[...reasons].map(([reason, names]) => `  ${reason} (${[...names].sort().join(", ")})`),
          "",
        ].join("\n")
      ).join("\n"),
  };
}
