/**
 * Waits for a condition, never for a time.
 *
 * @param condition Looked at again and again.
 * @param what Named in the error, if it does not come true within 10 s.
 * @returns The condition's first value that is neither false nor nothing.
 */
export async function until<Value>(
  condition: () => Promise<Value | undefined | false> | Value | undefined | false,
  what: string,
): Promise<Value> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Waited 10 s in vain for ${what}`);
}
