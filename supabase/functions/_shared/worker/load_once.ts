/**
 * Loads something at its first use, and keeps it.
 *
 * @module
 */

/**
 * Makes a loader that keeps what it has loaded. A failure is not kept, so that the next call may succeed.
 *
 * @param load Loads. Called at the first call, and at each call after a load that failed.
 * @returns A function that loads, or waits for the load in progress. It rejects as that load does.
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
