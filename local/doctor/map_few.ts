/**
 * Calls of Twilio for many senders, a few at the same time: Twilio limits how many run at once.
 *
 * @module
 */

/** The most calls at the same time. */
const AT_ONCE = 5;

/** Maps items in their order, a few at a time. */
export async function mapFew<Item, Result>(
  items: Item[],
  map: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let first = 0; first < items.length; first += AT_ONCE) {
    results.push(...await Promise.all(items.slice(first, first + AT_ONCE).map(map)));
  }
  return results;
}
