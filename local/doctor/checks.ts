/**
 * All checks, one function a subject.
 *
 * @module
 */
import type { Check, Examined } from "./check.ts";
import { databaseChecks } from "./database_checks.ts";
import { environmentChecks } from "./environment_checks.ts";
import { errorChecks } from "./error_checks.ts";
import { eventStreamChecks } from "./event_stream_checks.ts";
import { functionChecks } from "./function_checks.ts";
import { modelChecks } from "./model_checks.ts";
import { registrationChecks } from "./registration_checks.ts";
import { roundTripChecks } from "./round_trip/round_trip_checks.ts";
import { twilioChecks } from "./twilio_checks.ts";

/** Lists all checks, in the order in which they are printed. docs/doctor.md has a row for each. */
export function allChecks(examined: Examined): Check[] {
  return [
    ...environmentChecks(examined),
    ...functionChecks(examined),
    ...databaseChecks(examined),
    ...twilioChecks(examined),
    ...registrationChecks(examined),
    ...errorChecks(examined),
    ...eventStreamChecks(examined),
    ...modelChecks(examined),
    ...roundTripChecks(examined),
  ];
}
