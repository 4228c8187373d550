/**
 * Assertions, from Node's own library.
 *
 * @module
 */
import assert from "node:assert/strict";
import { errorMessage } from "../../local/error_message.ts";

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
    return errorMessage(error);
  }
  assert.fail("Nothing was thrown");
}
