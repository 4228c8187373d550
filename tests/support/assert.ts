/**
 * Assertions, from Node's own library.
 *
 * @module
 */
import assert from "node:assert/strict";

export {
  deepStrictEqual as assertEquals,
  match as assertMatch,
  ok as assert,
  throws as assertThrows,
} from "node:assert/strict";

/** The message of the error that a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  assert.fail("Nothing was thrown");
}
