/**
 * Work that is asked for more often than it has to be done.
 *
 * @module
 */

/**
 * Makes work that never runs beside itself: asked for while it runs, it runs once more afterwards.
 *
 * @returns Asks for the work, and resolves when work has ended that began after the asking.
 */
export function inTurn(work: () => Promise<void>): () => Promise<void> {
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
