/**
 * Many events, few lines: the platform keeps 100 lines in 10 s, and drops the rest.
 *
 * @see https://supabase.com/docs/guides/functions/logging
 * @module
 */
import { afterAnswer } from "../worker/after_answer.ts";
import type { Log } from "./log.ts";

/** How far apart two batches are, in ms. */
const INTERVAL_MS = 1_000;

/**
 * Gathers entries: the first is written at once, and what follows once a second. What is gathered
 * when the platform ends the worker is written before that.
 *
 * @param write Writes a batch, which is never empty.
 * @param log Where a failure of `write` is told.
 * @returns What takes one entry.
 */
export function createLogBatch<Entry>(
  write: (entries: Entry[]) => void,
  log: Log,
): (entry: Entry) => void {
  const gathered: Entry[] = [];
  let isWaiting = false;
  const flush = () => {
    const entries = gathered.splice(0);
    if (entries.length > 0) write(entries);
  };
  const writeUntilQuiet = async () => {
    isWaiting = true;
    try {
      while (gathered.length > 0) {
        flush();
        await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
      }
    } finally {
      isWaiting = false;
    }
  };
  for (const event of ["beforeunload", "unload"]) globalThis.addEventListener(event, flush);
  return (entry) => {
    gathered.push(entry);
    if (!isWaiting) afterAnswer(writeUntilQuiet, log);
  };
}
