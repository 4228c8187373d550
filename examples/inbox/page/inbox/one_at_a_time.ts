/**
 * Work that many callers request, and that must not run twice at the same time.
 *
 * @module
 */

/**
 * Makes a function that runs the work, one run at a time. All calls during a run share one further
 * run after it.
 *
 * @returns The function; it resolves at the end of a run that began after the call.
 */
export function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const run = (): Promise<void> => {
    running = work().finally(() => running = undefined);
    return running;
  };
  return () => {
    if (!running) return run();
    next ??= running.catch(() => {}).then(() => {
      next = undefined;
      return run();
    });
    return next;
  };
}
