/**
 * What the calls of a backfill have come to so far.
 *
 * @module
 */
import { z } from "zod/v3";
import type { Run } from "./sms_reconcile.ts";

const Count = z.number().int().nonnegative();

export const Counts = z.object({
  listed: Count,
  broughtIn: Count,
  asked: Count,
  updated: Count,
  turns: Count,
  confirmed: Count,
  sentAgain: Count,
  failed: Count,
});

export type Counts = z.infer<typeof Counts>;

export const NO_COUNTS: Counts = {
  listed: 0,
  broughtIn: 0,
  asked: 0,
  updated: 0,
  turns: 0,
  confirmed: 0,
  sentAgain: 0,
  failed: 0,
};

/**
 * Adds what a run has done.
 *
 * A text in the second at which one call ends and the next begins is listed by both, because both ends
 * of a span are included.
 *
 * @param isDryRun Whether each run looks at the same statuses and sends: then the last one counts.
 */
export function addRun(
  counts: Counts,
  { turns, sends, inbound, statuses }: Run,
  isDryRun: boolean,
): Counts {
  const before = isDryRun ? NO_COUNTS : counts;
  return {
    listed: counts.listed + inbound.listed,
    broughtIn: counts.broughtIn + inbound.brought_in,
    asked: before.asked + statuses.asked,
    updated: before.updated + statuses.updated,
    turns: before.turns + turns,
    confirmed: before.confirmed + sends.confirmed,
    sentAgain: before.sentAgain + sends.sent_again,
    failed: before.failed + sends.failed,
  };
}

/**
 * Whether a run whose cursor did not move has got on with the comparison all the same.
 *
 * Statuses are asked for only when the texts are compared in time. Turns and sends tell nothing: they
 * are done in any case.
 */
export function hasGotOn({ inbound, statuses }: Run, isDryRun: boolean): boolean {
  return !isDryRun && inbound.brought_in + statuses.asked > 0;
}
