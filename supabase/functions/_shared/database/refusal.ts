/**
 * The reason that a row has of what the database refused for good, as `private.refusal` writes it: `refused`, the
 * SQLSTATE, and the constraint if there is one.
 *
 * @module
 */
import type { DatabaseFailure } from "./database.ts";

/** The reason of a failed call. */
export function refusalOf({ kind, sqlstate, constraint }: DatabaseFailure): string {
  return [kind, sqlstate, constraint].filter(Boolean).join(" ");
}

/** The parts of a reason, for the log. */
export function partsOfRefusal(
  refusal: string,
): { reason: string; sqlstate: string; constraint: string | undefined } {
  const [reason, sqlstate, constraint] = refusal.split(" ");
  return { reason, sqlstate, constraint };
}
