/**
 * What the end of a stack closes, the last first.
 *
 * @module
 */

/** The longest time for closing a service that uses Postgres, in ms: Postgres may not answer. */
const CLOSE_WITHIN_MS = 1_000;

/** The closes of what has started. */
export class Closing {
  readonly #closes: (() => Promise<unknown>)[] = [];

  /** Adds the close of what has just started. */
  add(close: () => Promise<unknown>): void {
    this.#closes.push(close);
  }

  /** Adds the close of a service that uses Postgres. It is waited for 1 s at most. */
  addInTime(close: () => Promise<unknown>): void {
    this.add(() => inTime(close()));
  }

  /** Closes everything, the last first. */
  async closeAll(): Promise<void> {
    for (const close of this.#closes.splice(0).reverse()) await close();
  }
}

/** Waits for a close, at most CLOSE_WITHIN_MS. */
async function inTime(closed: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise((resolve) => timer = setTimeout(resolve, CLOSE_WITHIN_MS));
  await Promise.race([closed.catch(() => {}), limit]);
  clearTimeout(timer);
}
