/**
 * Work at a steady rate.
 *
 * @module
 */

/** Work that is begun again and again. */
export interface Pace {
  /** Begins no more; resolves when all that was begun is done. */
  stop(): Promise<void>;
}

/**
 * Begins work so many times a second, whether or not the earlier work is done: a system that gets
 * slower does not get fewer requests.
 *
 * @param work Gets the moment at which it was due, on `performance.now()`'s clock. It must not reject.
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

/** Waits so many ms, or until the signal. */
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
