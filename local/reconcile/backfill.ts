/**
 * Compares a span of Twilio's log by calling sms-reconcile until the whole span is compared.
 *
 * @module
 */
import { addRun, type Counts, hasGotOn, NO_COUNTS } from "./counts.ts";
import type { PlaceFile } from "./place.ts";
import type { Answer, Call, Run } from "./sms_reconcile.ts";

/** What is compared. */
export interface Backfill {
  since: Date;
  /** Absent: up to now. */
  until?: Date;
  isDryRun: boolean;
}

/** What a backfill works with. */
export interface BackfillTools {
  call(call: Call): Promise<Answer>;
  /** Rejects when the user stops the task. */
  pause(seconds: number): Promise<void>;
  place: PlaceFile;
  /** Is told the kept place, if there is one. */
  onResume(cursor: Date): void;
  /** Is told the place at the beginning and after each call. */
  onPlace(cursor: Date, counts: Counts, isWhole: boolean): void;
  /** Is told before a pause. */
  onPause(reason: string, seconds: number): void;
}

/** What came of it. */
export interface Backfilled {
  cursor: Date;
  counts: Counts;
  /** Whether something is due that has nothing to do with the span. */
  isWorkLeft: boolean;
}

/** The span cannot be compared; the message says what to do. */
export class BackfillError extends Error {}

/** The longest pause before the next attempt, in s. */
const MAX_PAUSE_SECONDS = 60;

/** After so many calls in a row that did nothing, the next one would do nothing either. */
const MAX_IDLE_CALLS = 3;

/** The next call gets so much more than the one before has compared. */
const LONGER = 2;

/** The next call gets this part of the span that the one before has not got through with. */
const SHORTER = 1 / 16;

/**
 * Compares the span, from the kept place on.
 *
 * The first call gets the whole span, which sms-reconcile halves until Twilio lists a part in a few
 * pages. Each call after a `more` gets about what one call can do, because halving takes time, too.
 *
 * @param now The end of the span, if it has none of its own.
 * @throws {BackfillError} If sms-reconcile refuses the call, or gets nowhere.
 */
export async function backfill(
  { since, until, isDryRun }: Backfill,
  tools: BackfillTools,
  now = new Date(),
): Promise<Backfilled> {
  const { place, onPlace } = tools;
  const kept = await place.read();
  if (kept) tools.onResume(kept.cursor);
  const goal = until && until < now ? until : now;
  let cursor = kept?.cursor ?? since;
  let counts = kept?.counts ?? NO_COUNTS;
  let lengthMs = Infinity;
  let idleCalls = 0;
  const ask = callUntilAnswered(tools);
  onPlace(cursor, counts, false);
  while (cursor < goal) {
    const partEnd = cursor.getTime() + lengthMs < goal.getTime()
      ? new Date(cursor.getTime() + lengthMs)
      : undefined;
    const run = await ask({ since: cursor, until: partEnd ?? until, isDryRun });
    if (!run.cursor) {
      throw new BackfillError(
        "Nothing is compared: the function has no Twilio account. Set the secrets that its log names, and call again",
      );
    }
    counts = addRun(counts, run, isDryRun);
    const leftMs = (partEnd ?? goal).getTime() - run.cursor.getTime();
    const movedMs = run.cursor.getTime() - cursor.getTime();
    cursor = run.cursor;
    const isPart = partEnd && cursor >= partEnd;
    const isWhole = cursor >= goal || (run.status === "done" && !isPart);
    onPlace(cursor, counts, isWhole);
    if (isWhole) {
      await place.remove();
      return { cursor, counts, isWorkLeft: run.status === "more" };
    }
    await place.write({ cursor, counts });
    lengthMs = wholeSeconds(movedMs > 0 ? movedMs * LONGER : leftMs * SHORTER);
    if (movedMs > 0 || hasGotOn(run, isDryRun)) idleCalls = 0;
    else if (++idleCalls === MAX_IDLE_CALLS) {
      throw new BackfillError(
        `${MAX_IDLE_CALLS} calls in a row have compared nothing. The function's log may say why; the same call goes on here`,
      );
    }
  }
  await place.remove();
  return { cursor, counts, isWorkLeft: false };
}

/** Twilio's times are whole seconds: a shorter span would be empty. */
const wholeSeconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000)) * 1000;

/** Calls until there is a run, with growing pauses while Twilio, the database or the platform is away. */
function callUntilAnswered({ call, pause, onPause }: BackfillTools) {
  let hasAnswered = false;
  return async (wanted: Call): Promise<Run> => {
    for (let seconds = 1;; seconds = Math.min(seconds * 2, MAX_PAUSE_SECONDS)) {
      const answer = await call(wanted);
      if (answer.kind !== "no_answer") hasAnswered = true;
      if (answer.kind === "run") return answer.run;
      // A wrong address never answers; one that has answered before most likely will again.
      if (answer.kind === "refused" || (answer.kind === "no_answer" && !hasAnswered)) {
        throw new BackfillError(answer.problem);
      }
      onPause(answer.kind === "later" ? answer.reason : answer.problem, seconds);
      await pause(seconds);
    }
  };
}
