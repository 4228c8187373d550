/**
 * The totals of a backfill over its calls.
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
 * Adds the counts of a run.
 *
 * Both ends of a span are inclusive, so two calls count a text in the second at which they meet.
 *
 * @param isDryRun In a dry run every call reports the same statuses and sends: the last call
 *   counts.
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
 * Tests whether a run made progress although its cursor did not move.
 *
 * Statuses are read only after all texts are compared, so they count. Turns and sends do not count,
 * because every run does those that are due.
 */
export function hasProgress({ inbound, statuses }: Run, isDryRun: boolean): boolean {
  return !isDryRun && inbound.brought_in + statuses.asked > 0;
}
