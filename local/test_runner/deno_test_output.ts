/**
 * Reads what `deno test` prints about one file.
 *
 * @see https://docs.deno.com/runtime/fundamentals/testing/
 * @module
 */

/** How many tests of a file passed and failed. */
export interface Counts {
  passed: number;
  failed: number;
}

const SUMMARY = /(\d+) passed\b.* \| (\d+) failed\b/g;

/**
 * Counts a file's tests.
 *
 * @param output All that `deno test` printed, without colors.
 * @param code Its exit code. A file that failed without a summary counts as one failed test.
 */
export function countsOf(output: string, code: number): Counts {
  const [, passed = 0, failed = 0] = [...output.matchAll(SUMMARY)].at(-1) ?? [];
  return { passed: Number(passed), failed: code === 0 ? 0 : Math.max(1, Number(failed)) };
}

/**
 * What explains the failures: each error in full. Where `deno test` got no further than loading the
 * file, it is the whole output.
 */
export function failuresIn(output: string): string {
  // Below the errors their names stand once more.
  const [, errors] = /^ ERRORS\s*\n(.*?)^ FAILURES\s*$/ms.exec(output) ?? [];
  return (errors ?? output).trim();
}
