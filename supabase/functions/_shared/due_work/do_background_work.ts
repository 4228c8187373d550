/**
 * Does due work that no recruit waits for, such as posting events to the platform. It comes after turns and
 * sends, in a run of sms-reconcile.
 *
 * @module
 */
import { type Log, logFailed } from "../log/log.ts";

/** How a background task ended. */
export type BackgroundStatus =
  /** Nothing of it is due any more. */
  | "done"
  /** Time ran out while something may still be due. */
  | "more"
  | "database_failed";

/** A background task: due work of one kind. */
export interface BackgroundTask {
  /** What it is, for the log. */
  name: string;
  /** The most items of it that a run does at once. */
  atOnce: number;
  /**
   * Does what is due.
   *
   * @param endsAt When it must have ended, on `performance.now()`'s clock, in ms.
   */
  run(endsAt: number): Promise<BackgroundStatus>;
}

/** The most of a run that one task may take, in ms. */
const TASK_MS = 10_000;

/**
 * Does the background tasks side by side. An error in one is logged, and stops no other.
 *
 * @param tasks The tasks.
 * @param durationMs Milliseconds that are left of the run.
 * @param log The function's log.
 * @returns `database_failed` if the database failed for one; otherwise `more` if one has more.
 */
export async function doBackgroundWork(
  tasks: BackgroundTask[],
  durationMs: number,
  log: Log,
): Promise<BackgroundStatus> {
  const endsAt = performance.now() + Math.min(durationMs, TASK_MS);
  const statuses = await Promise.all(tasks.map(async (task) => {
    try {
      return await task.run(endsAt);
    } catch (error) {
      logFailed(log, error, { reason: task.name });
      return "done";
    }
  }));
  if (statuses.includes("database_failed")) return "database_failed";
  return statuses.includes("more") ? "more" : "done";
}

/** A background task whose work is claimed in items. Workers that claim at once get different items. */
export interface ClaimedTask<Item> {
  /** What it is, for the log. */
  name: string;
  /** The most items that a run does at once. */
  atOnce: number;
  /** The longest that one item takes, in ms: none is claimed when less is left. */
  itemMs: number;
  /**
   * Claims due items.
   *
   * @param count How many at most.
   * @returns The items; undefined if the database failed, which the claim has logged.
   */
  claim(count: number): Promise<Item[] | undefined>;
  /** Does an item and records its result. An error is logged; the item is due again when its lease expires. */
  doItem(item: Item): Promise<void>;
  log: Log;
}

/** Makes the loop that claims, does and records: an item that ends gives its place to the next claim. */
export function claimedTask<Item>(
  { name, atOnce, itemMs, claim, doItem, log }: ClaimedTask<Item>,
): BackgroundTask {
  return {
    name,
    atOnce,
    async run(endsAt) {
      const running = new Set<Promise<void>>();
      const start = (item: Item) => {
        const done = doItem(item)
          .catch((error) => logFailed(log, error, { reason: name }))
          .finally(() => running.delete(done));
        running.add(done);
      };
      const claimAll = async (): Promise<BackgroundStatus> => {
        while (performance.now() <= endsAt - itemMs) {
          // An item that ends may make another one due, also while the claim is under way.
          const couldMakeDue = running.size > 0;
          const items = await claim(atOnce - running.size);
          if (!items) return "database_failed";
          items.forEach(start);
          if (items.length === 0 && !couldMakeDue) return "done";
          const waits = items.length === 0 || running.size === atOnce;
          if (waits && running.size > 0) await Promise.race(running);
        }
        return "more";
      };
      try {
        return await claimAll();
      } finally {
        await Promise.all(running);
      }
    },
  };
}
