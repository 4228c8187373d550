/**
 * Something that is loaded when it is needed first, and kept.
 *
 * @module
 */

/**
 * Makes a loader that keeps what it has loaded, but not a failure: a worker whose first load fails
 * would fail until it ends.
 *
 * @param load Called at the first call, and at each call after a load that has failed.
 * @returns Loads, or waits for the load in progress. It rejects with what that load rejects with.
 */
export function loadOnce<Value>(load: () => Promise<Value>): () => Promise<Value> {
  let loading: Promise<Value> | undefined;
  return () => {
    if (!loading) {
      loading = (async () => await load())();
      loading.catch(() => loading = undefined);
    }
    return loading;
  };
}
