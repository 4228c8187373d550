/**
 * Reads of Twilio for many senders, a few at a time: Twilio limits the calls that run side by side.
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
