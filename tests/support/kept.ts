/**
 * What takes long to start is kept for the next tests of its file, and stopped after the last one.
 *
 * @module
 */

/** Something that a test needs for itself while it runs. */
export interface Keepable {
  /** Prepares it for the next test. Returns false if the test has left something in it. */
  reset(): boolean;
  stop(): Promise<void>;
}

/** What waits for the next test, by its key. */
const kept = new Map<string, Keepable[]>();

Deno.test.afterAll(async () => {
  const all = [...kept.values()].flat();
  kept.clear();
  await Promise.all(all.map((thing) => thing.stop()));
});

/**
 * Runs a test with something that no other test uses meanwhile. What a failed test has used, or what is
 * not as new afterwards, is stopped.
 *
 * @param key Things of one key can replace each other.
 * @param start Starts one, if none is kept.
 */
export async function withKept<Thing extends Keepable>(
  key: string,
  start: () => Thing,
  use: (thing: Thing) => Promise<void>,
): Promise<void> {
  const idle = (kept.get(key) ?? []) as Thing[];
  kept.set(key, idle);
  const thing = idle.pop() ?? start();
  let isAsNew = false;
  try {
    await use(thing);
    isAsNew = thing.reset();
  } finally {
    if (isAsNew) idle.push(thing);
    else await thing.stop();
  }
}
