/**
 * De-duplication of broadcasts by their id.
 *
 * The database sends a conversation's change to the old and the new agent's topic, so that a client
 * with both topics receives it twice.
 *
 * @module
 */

/** The number of newest ids that are kept. Repeats follow within seconds, so few are needed. */
const MAX_IDS = 1_000;

/** The ids of the newest broadcasts. */
export class SeenBroadcasts {
  #ids = new Set<string>();

  /**
   * Adds a broadcast.
   *
   * @param id The broadcast's meta.id; absent from a sender that sets none.
   * @returns Whether the id is new. A broadcast without an id always counts as new.
   */
  add(id: string | undefined): boolean {
    if (!id) return true;
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    // A Set iterates in the order of insertion: the first id is the oldest.
    const [oldest] = this.#ids;
    if (oldest !== undefined && this.#ids.size > MAX_IDS) this.#ids.delete(oldest);
    return true;
  }
}
