/**
 * The functions' way to the database: one call of one database function, over REST.
 *
 * Of supabase-js only its REST client is loaded; the whole costs 40 to 80 ms of cold start.
 *
 * @see https://supabase.com/docs/reference/javascript/rpc
 * @module
 */
import { PostgrestClient } from "@supabase/postgrest-js";
import type { z } from "zod/v3";
import type { Database } from "./database.types.ts";
import type { Configuration } from "../configuration/configuration.ts";
import type { Log, LogFields } from "../log/log.ts";

type Functions = Database["public"]["Functions"];

/** Why a call failed. Holds nothing of what was sent. */
export interface DatabaseFailure {
  /**
   * `refused`: the data will never be accepted (SQLSTATE class 22 or 23).
   * `unreachable`: no answer of the database in time; whether the call ran is not known.
   * `failed`: the database answered with another error.
   * `not_understood`: a success whose body is not what the function returns, such as a gateway's page.
   */
  kind: "refused" | "unreachable" | "failed" | "not_understood";
  /** How many attempts have failed. */
  attempts: number;
  sqlstate?: string;
  /** PostgREST's own, such as PGRST202. @see https://docs.postgrest.org/en/stable/references/errors.html */
  rest_code?: string;
  constraint?: string;
  database_function: string;
}

/** Logs why a call failed. */
export function logDatabaseFailure(
  log: Log,
  { kind: reason, attempts: database_errors, ...failure }: DatabaseFailure,
  fields: LogFields,
): void {
  log("error", "database_error", { ...fields, reason, ...failure, database_errors });
}

/** What came of a call. */
export type DatabaseResult<Returned> =
  | { ok: true; data: Returned }
  | { ok: false; failure: DatabaseFailure };

/** Until when a call is attempted, and how long one attempt may take. */
export interface Deadline {
  /** On `performance.now()`'s clock. */
  endsAt: number;
  /** In ms. */
  attemptMs: number;
}

/**
 * Calls a function of schema public. The functions are idempotent, so the call is repeated on every
 * failure but `refused` until the deadline.
 *
 * @param returns What the function returns. An answer that is anything else is no success.
 */
export type CallDatabase = <Name extends keyof Functions & string, Returned>(
  name: Name,
  args: Functions[Name]["Args"],
  returns: z.ZodType<Returned, z.ZodTypeDef, unknown>,
  deadline: Deadline,
) => Promise<DatabaseResult<Returned>>;

/** How long a webhook waits for the database, retries included, in ms. */
const WEBHOOK_DEADLINE_MS = 3_000;

/** A deadline has time for so many attempts that get no answer. */
const ATTEMPTS_WITHOUT_ANSWER = 3;

/** How long to wait before the second attempt, in ms; doubled each time, up to the longest. */
const FIRST_RETRY_AFTER_MS = 50;
const LONGEST_RETRY_AFTER_MS = 400;

/** The deadline of one request: hand it to every call that the request makes. */
export function databaseDeadline(ms = WEBHOOK_DEADLINE_MS): Deadline {
  return { endsAt: performance.now() + ms, attemptMs: ms / ATTEMPTS_WITHOUT_ANSWER };
}

/** Prepares calls as service_role. No connection is made before the first call. */
export function connectDatabase({ supabaseUrl, secretKey }: Configuration): CallDatabase {
  const client = new PostgrestClient<Database>(`${supabaseUrl}/rest/v1`, {
    headers: { apikey: secretKey, ...bearerFor(secretKey) },
    retry: false,
  });

  return async (name, args, returns, { endsAt, attemptMs }) => {
    const remaining = () => endsAt - performance.now();
    // An attempt that the deadline cuts short says less than an answer before it.
    let answered: Omit<DatabaseFailure, "attempts" | "database_function"> | undefined;
    for (let attempts = 1;; attempts++) {
      const answer = await within(
        Math.max(1, Math.min(attemptMs, remaining())),
        (signal) => client.rpc(name, args).abortSignal(signal),
      );
      const returned = answer.error ? undefined : returns.safeParse(answer.data);
      if (returned?.success) return { ok: true, data: returned.data };
      const described = describe(answer);
      if (described.kind !== "unreachable") answered = described;
      const failure = { ...(answered ?? described), attempts, database_function: name };
      if (described.kind === "refused") return { ok: false, failure };
      const pauseMs = Math.min(FIRST_RETRY_AFTER_MS * 2 ** (attempts - 1), LONGEST_RETRY_AFTER_MS);
      await new Promise((resolve) =>
        setTimeout(resolve, Math.max(0, Math.min(pauseMs, remaining())))
      );
      if (remaining() <= 0) return { ok: false, failure };
    }
  };
}

/** The older keys are JWTs, which REST reads from the Authorization header. */
function bearerFor(key: string): Record<string, string> {
  return key.startsWith("sb_") ? {} : { Authorization: `Bearer ${key}` };
}

/** Aborts what is still under way after so many ms. */
async function within<Answer>(
  ms: number,
  call: (signal: AbortSignal) => PromiseLike<Answer>,
): Promise<Answer> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  try {
    return await call(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Reads what went wrong from an answer that is no success, or not the function's. */
function describe(
  { error, status }: { error: { code?: string; message?: string } | null; status: number },
): Omit<DatabaseFailure, "attempts" | "database_function"> {
  if (!error || (status >= 200 && status < 300)) return { kind: "not_understood" };
  const code = error.code ?? "";
  if (/^PGRST[0-9X]{3}$/.test(code)) return { kind: "failed", rest_code: code };
  const sqlstate = /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
  if (!sqlstate) return { kind: "unreachable" };
  if (!/^2[23]/.test(sqlstate)) return { kind: "failed", sqlstate };
  const constraint = sqlstate.startsWith("23")
    ? /constraint "([a-z0-9_]{1,63})"/.exec(error.message ?? "")?.[1]
    : undefined;
  return { kind: "refused", sqlstate, constraint };
}
