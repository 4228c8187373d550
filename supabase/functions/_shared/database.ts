/**
 * The webhooks' way to the database: one call of one database function, over REST.
 *
 * Of supabase-js only its REST client is loaded; the whole costs 40 to 80 ms of cold start.
 *
 * @see https://supabase.com/docs/reference/javascript/rpc
 * @module
 */
import { PostgrestClient } from "@supabase/postgrest-js";
import type { Database } from "./database.types.ts";
import type { Configuration } from "./configuration.ts";
import type { Log, LogFields } from "./log.ts";

type Functions = Database["public"]["Functions"];

/** Why a call failed. Holds nothing of what was sent. */
export interface DatabaseFailure {
  /**
   * `unreachable`: no answer in time; whether it ran is not known, and it may be repeated.
   * `refused`: the data will never be accepted (SQLSTATE class 22 or 23).
   * `failed`: anything else that a database answers.
   */
  kind: "unreachable" | "refused" | "failed";
  sqlstate?: string;
  constraint?: string;
  database_function: string;
}

/** Logs why a call failed. */
export function logDatabaseFailure(
  log: Log,
  { kind: reason, ...failure }: DatabaseFailure,
  fields: LogFields,
): void {
  log("error", "database_error", { ...fields, reason, ...failure });
}

/** What came of a call. */
export type DatabaseResult<Returns> =
  | { ok: true; data: Returns }
  | { ok: false; failure: DatabaseFailure };

/** Calls a function of schema public. */
export type CallDatabase = <Name extends keyof Functions & string>(
  name: Name,
  args: Functions[Name]["Args"],
  signal: AbortSignal,
) => Promise<DatabaseResult<Functions[Name]["Returns"]>>;

/** How long a webhook waits for the database, retries included, in ms. */
const WEBHOOK_DEADLINE_MS = 3_000;

const FIRST_RETRY_AFTER_MS = 50;

/** The deadline of one request: hand it to every call that the request makes. */
export function databaseDeadline(ms = WEBHOOK_DEADLINE_MS): AbortSignal {
  return AbortSignal.timeout(ms);
}

/**
 * Prepares calls as service_role. No connection is made before the first call.
 *
 * The functions that it calls are idempotent, so a call that could not reach the database is
 * repeated until the deadline.
 */
export function connectDatabase(
  { supabaseUrl, secretKey }: Configuration,
): CallDatabase {
  const client = new PostgrestClient<Database>(`${supabaseUrl}/rest/v1`, {
    headers: { apikey: secretKey, ...bearerFor(secretKey) },
    retry: false,
  });
  return async (name, args, signal) => {
    for (let wait = FIRST_RETRY_AFTER_MS;; wait *= 2) {
      const { data, error, status } = await client.rpc(name, args).abortSignal(
        signal,
      );
      if (!error) {
        return { ok: true, data: data as Functions[typeof name]["Returns"] };
      }
      const failure = describe(name, status, error);
      if (failure.kind !== "unreachable" || !(await pause(wait, signal))) {
        return { ok: false, failure };
      }
    }
  };
}

/** The older keys are JWTs, which REST reads from the Authorization header. */
function bearerFor(key: string): Record<string, string> {
  return key.startsWith("sb_") ? {} : { Authorization: `Bearer ${key}` };
}

function describe(
  database_function: string,
  status: number,
  error: { code?: string; message?: string },
): DatabaseFailure {
  const sqlstate = /^[0-9A-Z]{5}$/.test(error.code ?? "") ? error.code : undefined;
  if (sqlstate && /^2[23]/.test(sqlstate)) {
    const constraint = sqlstate.startsWith("23")
      ? /constraint "([a-z0-9_]{1,63})"/.exec(error.message ?? "")?.[1]
      : undefined;
    return { kind: "refused", sqlstate, constraint, database_function };
  }
  const kind = isUnreachable(status, sqlstate) ? "unreachable" : "failed";
  return { kind, sqlstate, database_function };
}

/**
 * No answer, a gateway's answer, or a database that is not taking connections: lost connection
 * (08), too many connections (53300), shutting down or starting (57P01 to 57P03). And a transaction
 * that was rolled back for another's sake (40: a deadlock): repeating it is all that it takes.
 */
function isUnreachable(status: number, sqlstate: string | undefined): boolean {
  if (sqlstate) return /^(08|40|53300|57P0[1-3])/.test(sqlstate);
  return status === 0 || (status >= 502 && status <= 504);
}

/** Waits, unless the deadline comes first. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", settle);
      resolve(!signal.aborted);
    };
    const timer = setTimeout(settle, ms);
    signal.addEventListener("abort", settle);
  });
}
