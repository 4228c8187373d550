/**
 * Writes alerts and resolved profiles. Repeating a call is safe: a profile that is stored differs in nothing.
 * But after another alert of the same person a repeated one would bring the older profile back, as a change. So no
 * second attempt is made beside one that the database still works on.
 *
 * @module
 */
import { z } from "zod/v3";
import {
  type CallDatabase,
  databaseDeadline,
  type DatabaseResult,
  type Deadline,
  logDatabaseFailure,
} from "../_shared/database/database.ts";
import { logWarnings, Warnings } from "../_shared/database/warnings.ts";
import type { Log } from "../_shared/log/log.ts";
import type { ProfileAlert } from "./alert_request.ts";

/** Dependencies of writing. */
export interface WriteTools {
  callDatabase: CallDatabase;
  log: Log;
}

/** Result of writing. */
export type Written =
  | { kind: "written" }
  /** No contact has the subscription, or the id. */
  | { kind: "unknown_contact" }
  /** The database will never accept it. */
  | { kind: "refused" }
  /** The database is away. */
  | { kind: "unavailable" };

/** How long the database is called, in ms. A profile of 1 MiB with many fields takes a second. */
const DEADLINE_MS = 6_000;

/** The deadline of one call, all of which may be its first attempt's. */
function deadline(): Deadline {
  return { ...databaseDeadline(DEADLINE_MS), attemptMs: DEADLINE_MS };
}

/** What both functions return: one row. */
const Rows = z.tuple([Warnings.extend({ is_known: z.boolean() })]);

/** Compares an alert's profile with the contact's, and stores it. */
export async function writeAlert(
  { subscriptionId, person }: ProfileAlert,
  tools: WriteTools,
): Promise<Written> {
  const result = await tools.callDatabase(
    "recruiting_receive_profile_alert",
    { subscription_id: subscriptionId, profile: person && JSON.stringify(person) },
    Rows,
    deadline(),
  );
  return writtenOf(result, tools.log);
}

/** Stores the address of a contact's profile. @param contact The contact's id or external_id. */
export async function writeLinkedinUrl(
  contact: string,
  linkedinUrl: string,
  tools: WriteTools,
): Promise<Written> {
  const result = await tools.callDatabase(
    "recruiting_resolve_contact",
    { contact, linkedin_url: linkedinUrl },
    Rows,
    deadline(),
  );
  return writtenOf(result, tools.log);
}

function writtenOf(result: DatabaseResult<z.infer<typeof Rows>>, log: Log): Written {
  if (!result.ok) {
    logDatabaseFailure(log, result.failure, {});
    return { kind: result.failure.kind === "refused" ? "refused" : "unavailable" };
  }
  const [row] = result.data;
  logWarnings(log, row, {});
  return { kind: row.is_known ? "written" : "unknown_contact" };
}
