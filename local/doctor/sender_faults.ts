/**
 * What is wrong with several senders, as one outcome.
 *
 * @module
 */
import type { Outcome } from "./check.ts";

/** Something that is wrong, and what to do about it. */
export interface Fault {
  detail: string;
  mend: string;
}

/**
 * Makes the outcome of a check that concerns several senders.
 *
 * @param faults What is wrong. A mend that several faults share is given once.
 * @param right What to say if nothing is wrong.
 */
export function outcomeOf(faults: Fault[], right: string): Outcome {
  if (faults.length === 0) return { ok: true, detail: right };
  return {
    ok: false,
    detail: faults.map(({ detail }) => detail).join("; "),
    mend: [...new Set(faults.map(({ mend }) => mend))].join("\n"),
  };
}
