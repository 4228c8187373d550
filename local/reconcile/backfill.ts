/**
 * Compares a span of Twilio's log by calling sms-reconcile until the whole span is compared.
 *
 * @module
 */
import { addRun, type Counts, hasProgress, NO_COUNTS } from "./counts.ts";
import type { CheckpointFile } from "./checkpoint.ts";
import type { Answer, Call, Run } from "./sms_reconcile.ts";

/** The span to compare. */
export interface Backfill {
  since: Date;
  /** The end of the span; absent for now. */
  until?: Date;
  isDryRun: boolean;
}

/** The effects of a backfill. */
export interface BackfillTools {
  call(call: Call): Promise<Answer>;
  /** Waits. It rejects when the user stops the task. */
  pause(seconds: number): Promise<void>;
  checkpoint: CheckpointFile;
  /** Called with the saved cursor, if there is one. */
  onResume(cursor: Date): void;
  /** Called at the beginning and after each call. */
  onCheckpoint(cursor: Date, counts: Counts, isWhole: boolean): void;
  /** Called before a pause. */
  onPause(reason: string, seconds: number): void;
}

/** The result of a backfill. */
export interface Backfilled {
  /** The end of the compared span. */
  cursor: Date;
  counts: Counts;
  /** Whether due work outside the span remains. */
  isWorkLeft: boolean;
}

/** The span cannot be compared. The message says what the user must do. */
class BackfillError extends Error {}

/** The longest pause before a retry, in seconds. */
const MAX_PAUSE_SECONDS = 60;

/** The number of calls in a row without progress after which the backfill fails. */
const MAX_IDLE_CALLS = 3;

/** After a call with progress the next one gets the compared length times this factor. */
const LONGER = 2;

/** After a call without progress the next one gets its length times this factor. */
const SHORTER = 1 / 16;

/**
 * Compares the span from the saved checkpoint on.
 *
 * The first call gets the whole span. sms-reconcile halves it until Twilio lists a half in few
 * pages, which takes time. Each further call therefore gets about the length that one call can
 * compare.
 *
 * @param now The end of the span, if it has none of its own.
 * @throws {BackfillError} If sms-reconcile refuses the call, or three calls in a row make no
 *   progress.
 */
export async function backfill(
  { since, until, isDryRun }: Backfill,
  tools: BackfillTools,
  now = new Date(),
): Promise<Backfilled> {
  const { checkpoint, onCheckpoint } = tools;
  const saved = await checkpoint.read();
  if (saved) tools.onResume(saved.cursor);
  const goal = until && until < now ? until : now;
  let cursor = saved?.cursor ?? since;
  let counts = saved?.counts ?? NO_COUNTS;
  let lengthMs = Infinity;
  let idleCalls = 0;
  const ask = callUntilAnswered(tools);
  onCheckpoint(cursor, counts, false);
  while (cursor < goal) {
    const partEnd = cursor.getTime() + lengthMs < goal.getTime()
      ? new Date(cursor.getTime() + lengthMs)
      : undefined;
    const run = await ask({ since: cursor, until: partEnd ?? until, isDryRun });
    if (!run.cursor) {
      throw new BackfillError(
        "Nothing was compared: the function has no Twilio account. Set the secrets that its log names, and run the task again",
      );
    }
    counts = addRun(counts, run, isDryRun);
    const leftMs = (partEnd ?? goal).getTime() - run.cursor.getTime();
    const movedMs = run.cursor.getTime() - cursor.getTime();
    cursor = run.cursor;
    const isPartial = partEnd && cursor >= partEnd;
    const isWhole = cursor >= goal || (run.status === "done" && !isPartial);
    onCheckpoint(cursor, counts, isWhole);
    if (isWhole) {
      await checkpoint.remove();
      return { cursor, counts, isWorkLeft: run.status === "more" };
    }
    await checkpoint.write({ cursor, counts });
    lengthMs = wholeSeconds(movedMs > 0 ? movedMs * LONGER : leftMs * SHORTER);
    if (movedMs > 0 || hasProgress(run, isDryRun)) idleCalls = 0;
    else if (++idleCalls === MAX_IDLE_CALLS) {
      throw new BackfillError(
        `${MAX_IDLE_CALLS} calls in a row have compared nothing. The function's log may say why. The same command goes on from here`,
      );
    }
  }
  await checkpoint.remove();
  return { cursor, counts, isWorkLeft: false };
}

/** Rounds up to whole seconds, as Twilio's times are. */
const wholeSeconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000)) * 1000;

/**
 * Retries a call until it runs, with growing pauses while Twilio, the database or the platform
 * fails.
 */
function callUntilAnswered({ call, pause, onPause }: BackfillTools) {
  let hasAnswered = false;
  return async (wanted: Call): Promise<Run> => {
    for (let seconds = 1;; seconds = Math.min(seconds * 2, MAX_PAUSE_SECONDS)) {
      const answer = await call(wanted);
      if (answer.kind !== "no_answer") hasAnswered = true;
      if (answer.kind === "run") return answer.run;
      // An address that has never answered is wrong. One that has answered before is worth a retry.
      if (answer.kind === "refused" || (answer.kind === "no_answer" && !hasAnswered)) {
        throw new BackfillError(answer.problem);
      }
      onPause(answer.kind === "later" ? answer.reason : answer.problem, seconds);
      await pause(seconds);
    }
  };
}
