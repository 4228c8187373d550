/**
 * Compares one slice of Twilio's log with the tables.
 *
 * @module
 */
import { recoverProvisionalFailures } from "../_shared/outbox/recover_provisional_failures.ts";
import type { SendTools } from "../_shared/outbox/compare_send.ts";
import { bringIn, type BringInTools } from "./bring_in.ts";
import type { CallOrThrow } from "./database_calls.ts";
import { findTexts } from "./find_texts.ts";
import type { Slice } from "./read_slices.ts";

/** How far a comparison has come. */
export interface Progress {
  /** Inbound texts to us in the span. Each SID is counted once, unless its slice failed. */
  listed: number;
  broughtIn: number;
  /** Provisional failures that Twilio's log has. */
  confirmed: number;
  /** Whether the database failed for a part of a slice, so that a later run must repeat the slice. */
  hasFailed: boolean;
  /** The stored cursor, or with a given span, the end of its part that is compared. */
  cursor: Date | null;
}

/** A slice to compare, and where its results go. */
export interface SliceComparison {
  slice: Slice;
  /** The SIDs that the slice before has counted. */
  counted: ReadonlySet<string>;
  progress: Progress;
  isDryRun: boolean;
  /** No text is brought in after this moment, on `performance.now()`'s clock, in ms. */
  endsAt: number;
}

/**
 * Compares a slice.
 *
 * @param comparison The slice. Its results are added to `progress`.
 * @param call Calls the database.
 * @param tools Dependencies of bringing texts in and of correcting provisional failures.
 * @returns Whether it was compared to its end; false if time ran out before.
 * @throws {DatabaseFailed} If the database cannot be reached.
 */
export async function compareSlice(
  { slice: { texts, sends }, counted, progress, isDryRun, endsAt }: SliceComparison,
  call: CallOrThrow,
  tools: BringInTools & SendTools,
): Promise<boolean> {
  const { ours, missing } = await findTexts(texts, call);
  for (const text of texts) {
    if (!ours.has(text.sid) || counted.has(text.sid)) continue;
    if (performance.now() > endsAt) return false;
    progress.listed++;
    if (!missing.has(text.sid)) continue;
    const { kind } = isDryRun ? { kind: "new" as const } : await bringIn(text, tools);
    if (kind === "new") progress.broughtIn++;
    if (kind === "failed") progress.hasFailed = true;
  }
  const result = await recoverProvisionalFailures(sends, tools, isDryRun ? "preview" : "store");
  if (result.kind === "database_failed") progress.hasFailed = true;
  else progress.confirmed += result.confirmed;
  return true;
}
