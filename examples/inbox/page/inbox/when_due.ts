/**
 * Work that a run does only if it has become due.
 *
 * @module
 */

/** Work that is due at first, and again whenever that is set. */
export interface DueWork {
  setDue(): void;
  /** Does the work if it is due. After a failure it is due again. */
  run(signal: AbortSignal): Promise<void>;
}

/** Makes work that is done when it is due. */
export function whenDue(work: (signal: AbortSignal) => Promise<void>): DueWork {
  let isDue = true;
  return {
    setDue: () => void (isDue = true),
    async run(signal) {
      if (!isDue) return;
      isDue = false;
      try {
        await work(signal);
      } catch (error) {
        isDue = true;
        throw error;
      }
    },
  };
}
