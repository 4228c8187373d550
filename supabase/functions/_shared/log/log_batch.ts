/**
 * Writes many events in few lines, because the platform keeps 100 lines in 10 s and drops the rest.
 *
 * @see https://supabase.com/docs/guides/functions/logging
 * @module
 */
import { afterAnswer } from "../worker/after_answer.ts";
import type { Log } from "./log.ts";

/** The time between two batches, in ms. */
const INTERVAL_MS = 1_000;

/**
 * Collects entries into batches. The first entry is written at once, later ones once a second, and what
 * is left when the platform ends the worker.
 *
 * @param write Writes a batch, which is never empty.
 * @param log Gets an error that `write` throws.
 * @returns A function that adds one entry.
 */
export function createLogBatch<Entry>(
  write: (entries: Entry[]) => void,
  log: Log,
): (entry: Entry) => void {
  const collected: Entry[] = [];
  let isWriting = false;
  const flush = () => {
    const entries = collected.splice(0);
    if (entries.length > 0) write(entries);
  };
  const writeUntilEmpty = async () => {
    isWriting = true;
    try {
      while (collected.length > 0) {
        flush();
        await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
      }
    } finally {
      isWriting = false;
    }
  };
  for (const event of ["beforeunload", "unload"]) globalThis.addEventListener(event, flush);
  return (entry) => {
    collected.push(entry);
    if (!isWriting) afterAnswer(writeUntilEmpty, log);
  };
}
