/**
 * Compares Twilio's log with the tables: brings in texts whose webhook did not reach us, and corrects messages
 * that are stored as failed although Twilio has them (provisional failures).
 *
 * The span is read in slices, oldest first. When every part of a slice succeeded, the cursor moves to its end.
 *
 * @module
 */
import { z } from "zod/v3";
import type { BotConfiguration } from "../_shared/bot/bot_configuration.ts";
import { type CallDatabase, logDatabaseFailure } from "../_shared/database/database.ts";
import type { Log } from "../_shared/log/log.ts";
import type { Outbox } from "../_shared/outbox/outbox.ts";
import { compareSlice, type Progress } from "./compare_slice.ts";
import { callOrThrow, DatabaseFailed } from "./database_calls.ts";
import { readSlices } from "./read_slices.ts";
import { type TwilioLog, TwilioUnreachable } from "./twilio_log.ts";

/** What is compared, and how. */
export interface ComparisonOptions {
  /** A span in place of what follows the stored cursor. The database limits `until` to now minus the lag. */
  span?: { since: Date; until?: Date };
  /** Whether to compare even if another run began a comparison less than a minute ago. */
  ignoresInterval: boolean;
  isDryRun: boolean;
  /** No text is brought in after this moment, on `performance.now()`'s clock, in ms. */
  endsAt: number;
}

/** Dependencies of a comparison. */
export interface ComparisonTools {
  callDatabase: CallDatabase;
  twilioLog: TwilioLog;
  outbox: Outbox | undefined;
  configuration: BotConfiguration & { lagSeconds: number; overlapSeconds: number };
  log: Log;
}

/** Result of a comparison. */
export interface Comparison extends Progress {
  /** `done`: to the span's end, or no comparison was due. `more`: time ran out before the span's end. */
  status: "done" | "more" | "twilio_unreachable" | "database_failed";
}

const DateText = z.string().transform((text) => new Date(text));

/** What `recruiting_begin_log_comparison` returns: one row, or none if it is not time yet. */
const BegunComparisonRows = z.array(z.object({
  span_since: DateText,
  span_until: DateText,
  stored_cursor: DateText.nullable(),
})).max(1);

/** Compares a span. Failures are logged. */
export async function compareLog(
  options: ComparisonOptions,
  tools: ComparisonTools,
): Promise<Comparison> {
  const progress: Progress = {
    listed: 0,
    broughtIn: 0,
    confirmed: 0,
    hasFailed: false,
    cursor: null,
  };
  try {
    return { status: await compareSpan(options, tools, progress), ...progress };
  } catch (error) {
    if (error instanceof DatabaseFailed) {
      logDatabaseFailure(tools.log, error.failure, {});
      return { status: "database_failed", ...progress };
    }
    if (error instanceof TwilioUnreachable) {
      tools.log("error", "twilio_unreachable", { reason: error.message });
      return { status: "twilio_unreachable", ...progress };
    }
    throw error;
  }
}

/**
 * Compares slice after slice. If a text cannot be stored, later texts are still stored, but the cursor stays
 * before the text's slice: the next run repeats the slice.
 */
async function compareSpan(
  options: ComparisonOptions,
  tools: ComparisonTools,
  progress: Progress,
): Promise<Comparison["status"]> {
  const { span: givenSpan, ignoresInterval, isDryRun, endsAt } = options;
  const { configuration, ...sliceTools } = tools;
  const { lagSeconds, overlapSeconds, turnWaitSeconds } = configuration;
  const call = callOrThrow(tools.callDatabase);
  const [begun] = await call("recruiting_begin_log_comparison", {
    comparison_token: crypto.randomUUID(),
    lag_seconds: lagSeconds,
    overlap_seconds: overlapSeconds,
    at_once: ignoresInterval,
    since: givenSpan?.since.toISOString(),
    until: givenSpan?.until?.toISOString(),
    dry_run: isDryRun,
  }, BegunComparisonRows);
  if (!begun) return "done";
  const movesCursor = !givenSpan && !isDryRun;
  const span = { since: begun.span_since, until: begun.span_until };
  progress.cursor = givenSpan ? span.since : begun.stored_cursor;

  const finalStatus = (status: "done" | "more"): Comparison["status"] =>
    progress.hasFailed ? "database_failed" : status;
  // Two slices share one second. A text of that second is counted once.
  let counted = new Set<string>();
  for await (const slice of readSlices(span, tools.twilioLog, endsAt)) {
    const wasComparedToEnd = slice.kind === "messages" &&
      await compareSlice(
        { slice, counted, progress, isDryRun, endsAt },
        call,
        { ...sliceTools, turnWaitSeconds },
      );
    if (!wasComparedToEnd) {
      if (movesCursor) await call("recruiting_move_log_cursor", { has_more: true }, z.unknown());
      return finalStatus("more");
    }
    if (progress.hasFailed) continue;
    const { end, texts } = slice;
    counted = new Set(texts.filter(({ sentAt }) => sentAt >= end).map(({ sid }) => sid));
    if (movesCursor) {
      await call(
        "recruiting_move_log_cursor",
        { cursor: end.toISOString(), has_more: false },
        z.unknown(),
      );
    }
    if (givenSpan || movesCursor) progress.cursor = end;
  }
  return finalStatus("done");
}
