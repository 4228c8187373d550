/**
 * Writes events in calls of at most 50, each of which is one transaction: so none holds its locks for long.
 *
 * @module
 */
import { z } from "zod/v3";
import {
  type CallDatabase,
  type DatabaseFailure,
  type Deadline,
  logDatabaseFailure,
  logRefusal,
} from "../_shared/database/database.ts";
import { logWarnings, Warnings } from "../_shared/database/warnings.ts";
import type { Log } from "../_shared/log/log.ts";
import type { TwilioEvent } from "./twilio_event.ts";

/** Dependencies of writing. */
export interface WriteTools {
  callDatabase: CallDatabase;
  log: Log;
  /** Seconds that the bot waits for further texts. */
  turnWaitSeconds: number;
}

/** Result of writing. */
export type Written =
  /** All is written. `stored`: how many of the events are stored, now or by an earlier call. */
  | { kind: "written"; stored: number }
  /** Some calls have failed. Repeating all of them is safe. */
  | { kind: "deferred"; failure: DatabaseFailure };

/** What `recruiting_receive_twilio_events` returns: one row. */
const WrittenEvents = z.tuple([
  Warnings.extend({ stored: z.number(), refused: z.array(z.string()) }),
]);

/** The most events of a call. */
const BATCH = 50;

/** The calls at once: while one is at the database, the next is on its way. Most of them share locks. */
const AT_ONCE = 2;

/** The longest attempt of a call, in ms. */
const ATTEMPT_MS = 2_000;

/**
 * Writes events, in order of their time. Repeating it is safe.
 *
 * @param events What Twilio has posted.
 * @param tools Dependencies.
 * @param endsAt When the calls must have ended, on `performance.now()`'s clock, in ms.
 */
export async function writeEvents(
  events: TwilioEvent[],
  tools: WriteTools,
  endsAt: number,
): Promise<Written> {
  const ordered = events.toSorted((a, b) =>
    (a.occurred_at ?? "").localeCompare(b.occurred_at ?? "")
  );
  const batches: TwilioEvent[][] = [];
  for (let start = 0; start < ordered.length; start += BATCH) {
    batches.push(ordered.slice(start, start + BATCH));
  }
  const deadline = { endsAt, attemptMs: ATTEMPT_MS };
  let stored = 0;
  let failure: DatabaseFailure | undefined;
  const writeBatches = async () => {
    for (let batch = batches.shift(); batch && !failure; batch = batches.shift()) {
      const written = await writeBatch(batch, tools, deadline);
      if (written.kind === "deferred") failure = written.failure;
      else stored += written.stored;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, writeBatches));
  return failure ? { kind: "deferred", failure } : { kind: "written", stored };
}

async function writeBatch(
  batch: TwilioEvent[],
  tools: WriteTools,
  deadline: Deadline,
): Promise<Written> {
  const { callDatabase, log, turnWaitSeconds } = tools;
  const result = await callDatabase(
    "recruiting_receive_twilio_events",
    { events: JSON.stringify(batch), turn_wait_seconds: turnWaitSeconds },
    WrittenEvents,
    deadline,
  );
  if (result.ok) {
    const [row] = result.data;
    logWarnings(log, row, {});
    for (const reason of row.refused) logRefusal(log, reason, "recruiting_receive_twilio_events");
    return { kind: "written", stored: row.stored };
  }
  if (result.failure.kind !== "refused") return { kind: "deferred", failure: result.failure };
  // The database keeps what it refuses of single events. A call that it refuses whole is written event by event.
  if (batch.length === 1) {
    logDatabaseFailure(log, result.failure, {});
    return { kind: "written", stored: 0 };
  }
  let stored = 0;
  for (const event of batch) {
    const written = await writeBatch([event], tools, deadline);
    if (written.kind === "deferred") return written;
    stored += written.stored;
  }
  return { kind: "written", stored };
}
