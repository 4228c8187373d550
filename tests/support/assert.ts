/**
 * Assertions, from Node's own library.
 *
 * @module
 */
import { fail, ok } from "node:assert/strict";
import { errorMessage } from "../../local/error_message.ts";

export {
  deepStrictEqual as assertEquals,
  match as assertMatch,
  throws as assertThrows,
} from "node:assert/strict";

/**
 * Asserts that a value is truthy.
 *
 * @param message What the failure prints: the value that decides. Node's own would print nothing.
 */
export function assert(value: unknown, message: string): asserts value {
  ok(value, message);
}

/** The message of the error that a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return errorMessage(error);
  }
  fail("Nothing was thrown");
}
