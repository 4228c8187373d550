/**
 * Database calls of a run: their deadline, and calls that throw where they fail, for work that ends with the
 * first failure.
 *
 * @module
 */
import type { z } from "zod/v3";
import {
  type CallDatabase,
  type DatabaseArguments,
  type DatabaseFailure,
  type DatabaseFunction,
  type Deadline,
} from "../_shared/database/database.ts";

/** How long a run waits for a database call, retries included, in ms. */
const CALL_MS = 5_000;

/**
 * Makes the deadline of a run's database call. One attempt may take all of it, because no webhook waits for
 * the answer, and a retry beside a slow attempt would add to the load that makes it slow.
 */
export function runCallDeadline(): Deadline {
  return { endsAt: performance.now() + CALL_MS, attemptMs: CALL_MS };
}

/** A database call has failed. */
export class DatabaseFailed extends Error {
  override name = "DatabaseFailed";

  constructor(readonly failure: DatabaseFailure) {
    super(`${failure.database_function} failed: ${failure.kind}`);
  }
}

/** Calls a database function and returns its result. Throws {@link DatabaseFailed}. */
export type CallOrThrow = <Name extends DatabaseFunction, Returned>(
  name: Name,
  args: DatabaseArguments<Name>,
  returns: z.ZodType<Returned, z.ZodTypeDef, unknown>,
) => Promise<Returned>;

/** Makes calls that throw {@link DatabaseFailed} where they fail. */
export function callOrThrow(callDatabase: CallDatabase): CallOrThrow {
  return async (name, args, returns) => {
    const result = await callDatabase(name, args, returns, runCallDeadline());
    if (!result.ok) throw new DatabaseFailed(result.failure);
    return result.data;
  };
}
