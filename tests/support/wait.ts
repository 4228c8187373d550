/**
 * Waits for a condition, never for a time.
 *
 * @param condition Looked at again and again.
 * @param what Named in the error, if it does not come true in time.
 * @param seconds How long it may take.
 * @returns The condition's first value that is neither false nor nothing.
 */
export async function until<Value>(
  condition: () => Promise<Value | undefined | false> | Value | undefined | false,
  what: string,
  seconds = 30,
): Promise<Value> {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Waited ${seconds} s in vain for ${what}`);
}
