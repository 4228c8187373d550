/**
 * Work at a steady rate.
 *
 * @module
 */

/** Work that is started regularly. */
export interface Pace {
  /** Starts no more work. Resolves when all started work is done. */
  stop(): Promise<void>;
}

/**
 * Starts work at a steady rate, whether or not earlier work is done, so that a slower system does
 * not get fewer requests.
 *
 * @param perSecond The number of starts a second.
 * @param work Receives the time at which it was due, on `performance.now()`'s clock. It must not
 *   reject.
 */
export function atRate(perSecond: number, work: (dueAt: number) => Promise<void>): Pace {
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  const run = async () => {
    const startedAt = performance.now();
    for (let number = 0;; number++) {
      const dueAt = startedAt + number * 1000 / perSecond;
      await pause(dueAt - performance.now(), stopping.signal);
      if (stopping.signal.aborted) break;
      const working = work(dueAt).finally(() => underWay.delete(working));
      underWay.add(working);
    }
    await Promise.all(underWay);
  };
  const running = run();
  return {
    stop() {
      stopping.abort();
      return running;
    },
  };
}

/** Waits `ms` milliseconds, or until the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || ms <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
