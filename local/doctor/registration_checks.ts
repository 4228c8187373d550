/**
 * The checks of the subject.
 *
 * @module
 */
import type { Check, Examined } from "./check.ts";

/** Lists the checks. */
export function registrationChecks(_examined: Examined): Check[] {
  return [];
}
