/**
 * A random order.
 *
 * @module
 */

/** Shuffles in place (Fisher and Yates). */
export function shuffle<Item>(items: Item[]): void {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [items[last], items[other]] = [items[other], items[last]];
  }
}
