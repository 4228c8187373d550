/**
 * Re-reading of rows: every 30 s, and when an event needs it.
 *
 * @module
 */

/**
 * Realtime has silent gaps while a channel reports SUBSCRIBED, so rows are read regularly, in ms.
 */
const READ_EVERY_MS = 30_000;

/** Realtime may stream a commit just before other connections see its rows; the delay in ms. */
const VISIBLE_AFTER_MS = 1_000;

/** Reads rows until it is stopped. */
export interface RowReader {
  /** Reads the rows now. */
  read(): void;
  /** Reads the rows now, and after 1 s once more. */
  readTwice(): void;
  /**
   * Reads the rows now, and after 1 s once more unless `isVisible` is true by then.
   *
   * @param isVisible Whether the front end has the row.
   */
  readAgainUnless(isVisible: () => boolean): void;
  /** Ends all reading. */
  stop(): void;
}

/**
 * Starts the regular reading; the first read follows after 30 s.
 *
 * @param read Reads the rows. An error is printed to the console, and the next read goes ahead.
 */
export function startRowReader(read: () => void | Promise<void>): RowReader {
  const retries = new Set<ReturnType<typeof setTimeout>>();
  let isStopped = false;

  const readNow = async () => {
    try {
      if (!isStopped) await read();
    } catch (error) {
      console.error(error);
    }
  };
  const timer = setInterval(readNow, READ_EVERY_MS);
  const readAgainUnless = (isVisible: () => boolean) => {
    readNow();
    // `read` may have called stop().
    if (isStopped) return;
    const retry = setTimeout(() => {
      retries.delete(retry);
      if (!isVisible()) readNow();
    }, VISIBLE_AFTER_MS);
    retries.add(retry);
  };
  return {
    read: () => void readNow(),
    readTwice: () => readAgainUnless(() => false),
    readAgainUnless,
    stop() {
      isStopped = true;
      clearInterval(timer);
      for (const retry of retries) clearTimeout(retry);
    },
  };
}
