/**
 * The check of --round-trip.
 *
 * @module
 */
import type { Check, Examined } from "../check.ts";

/** Lists the checks. */
export function roundTripChecks(_examined: Examined): Check[] {
  return [];
}
