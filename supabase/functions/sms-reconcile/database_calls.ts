/**
 * Database calls that throw where they fail, for work that ends with the first failure.
 *
 * @module
 */
import type { z } from "zod/v3";
import {
  type CallDatabase,
  type DatabaseArguments,
  databaseDeadline,
  type DatabaseFailure,
  type DatabaseFunction,
} from "../_shared/database/database.ts";

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
    const result = await callDatabase(name, args, returns, databaseDeadline());
    if (!result.ok) throw new DatabaseFailed(result.failure);
    return result.data;
  };
}
