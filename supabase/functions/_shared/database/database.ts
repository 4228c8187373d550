/**
 * Calls of database functions, over REST: each call is one POST.
 *
 * `fetch` posts it. supabase-js's REST client would add a tenth to a webhook's CPU time, and 110 KiB to
 * what its cold start parses.
 *
 * @see https://docs.postgrest.org/en/stable/references/api/functions.html
 * @module
 */
import { z } from "zod/v3";
import type { Database } from "./database.types.ts";
import type { Configuration } from "../configuration/configuration.ts";
import type { Log, LogFields } from "../log/log.ts";

type Functions = Database["public"]["Functions"];

/** The name of a database function in schema public. */
export type DatabaseFunction = keyof Functions & string;

/** The arguments of a database function. */
export type DatabaseArguments<Name extends DatabaseFunction> = Functions[Name]["Args"];

/** Why a call failed. It quotes nothing of what was sent. */
export interface DatabaseFailure {
  /**
   * `refused`: the database will never accept the data (SQLSTATE class 22 or 23).
   * `unreachable`: the database did not answer in time. Whether the call ran is unknown.
   * `failed`: the database answered with another error.
   * `not_understood`: a successful answer that is not what the function returns, such as a gateway's page.
   */
  kind: "refused" | "unreachable" | "failed" | "not_understood";
  /** The number of failed attempts. */
  attempts: number;
  sqlstate?: string;
  /** PostgREST's own code, such as PGRST202. @see https://docs.postgrest.org/en/stable/references/errors.html */
  rest_code?: string;
  constraint?: string;
  database_function: string;
}

/** Logs a failed call. */
export function logDatabaseFailure(
  log: Log,
  { kind: reason, attempts: database_errors, ...failure }: DatabaseFailure,
  fields: LogFields,
): void {
  log("error", "database_error", { ...fields, reason, ...failure, database_errors });
}

/**
 * The reason that a row has of what the database refused for good, as SQL's `private.refusal` writes it: `refused`, the
 * SQLSTATE, and the constraint if there is one.
 */
export function refusalOf({ kind, sqlstate, constraint }: DatabaseFailure): string {
  return [kind, sqlstate, constraint].filter(Boolean).join(" ");
}

/** Logs a reason that {@link refusalOf} or `private.refusal` has written. */
export function logRefusal(log: Log, refusal: string, database_function: string): void {
  const [reason, sqlstate, constraint] = refusal.split(" ");
  log("error", "database_error", { reason, sqlstate, constraint, database_function });
}

/** The result of a call. */
export type DatabaseResult<Returned> =
  | { ok: true; data: Returned }
  | { ok: false; failure: DatabaseFailure };

/** How long a call is attempted. */
export interface Deadline {
  /** No attempt starts after this moment, on `performance.now()`'s clock, in ms. */
  endsAt: number;
  /** The longest that one attempt may take, in ms. */
  attemptMs: number;
}

/**
 * Calls a function of schema public. Every failure but `refused` is retried until the deadline. That is
 * safe because the functions are idempotent: what an attempt without an answer has done is not done again.
 *
 * @param name The function.
 * @param args Its arguments.
 * @param returns The schema of its result. Any other answer is a failure.
 * @param deadline How long the call is attempted.
 * @returns The result. It never rejects.
 */
export type CallDatabase = <Name extends DatabaseFunction, Returned>(
  name: Name,
  args: DatabaseArguments<Name>,
  returns: z.ZodType<Returned, z.ZodTypeDef, unknown>,
  deadline: Deadline,
) => Promise<DatabaseResult<Returned>>;

/** How long a webhook waits for the database, retries included, in ms. */
const WEBHOOK_DEADLINE_MS = 3_000;

/** The number of attempts without an answer that fit into a deadline. */
const ATTEMPTS_WITHOUT_ANSWER = 3;

/** The pause before the second attempt, in ms; doubled before each further one. */
const FIRST_PAUSE_MS = 50;

/** The longest pause, in ms. */
const LONGEST_PAUSE_MS = 400;

/**
 * Makes a deadline. All database calls that answer one webhook share one.
 *
 * @param ms Milliseconds from now.
 */
export function databaseDeadline(ms = WEBHOOK_DEADLINE_MS): Deadline {
  return { endsAt: performance.now() + ms, attemptMs: ms / ATTEMPTS_WITHOUT_ANSWER };
}

/** Prepares calls as service_role. No connection is made before the first call. */
export function connectDatabase({ supabaseUrl, secretKey }: Configuration): CallDatabase {
  const headers = {
    "Content-Type": "application/json",
    apikey: secretKey,
    ...bearerFor(secretKey),
  };

  return async (name, args, returns, { endsAt, attemptMs }) => {
    const url = `${supabaseUrl}/rest/v1/rpc/${name}`;
    const init = { method: "POST", headers, body: JSON.stringify(args) };
    const remaining = () => endsAt - performance.now();
    // The last answer of the database says more than a later attempt that got none.
    let answered: Omit<DatabaseFailure, "attempts" | "database_function"> | undefined;
    for (let attempts = 1;; attempts++) {
      const answer = await post(url, init, Math.max(1, Math.min(attemptMs, remaining())));
      const returned = answer.isSuccess ? returns.safeParse(answer.body) : undefined;
      if (returned?.success) return { ok: true, data: returned.data };
      const described = describe(answer);
      if (described.kind !== "unreachable") answered = described;
      const failure = { ...(answered ?? described), attempts, database_function: name };
      if (described.kind === "refused") return { ok: false, failure };
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), LONGEST_PAUSE_MS);
      await new Promise((resolve) =>
        setTimeout(resolve, Math.max(0, Math.min(pauseMs, remaining())))
      );
      if (remaining() <= 0) return { ok: false, failure };
    }
  };
}

/** Adds the Authorization header that older keys need, because they are JWTs. */
export function bearerFor(key: string): Record<string, string> {
  return key.startsWith("sb_") ? {} : { Authorization: `Bearer ${key}` };
}

/** What an attempt got. */
interface Answer {
  /** Whether the HTTP status is 2xx. */
  isSuccess: boolean;
  /** The body's JSON; undefined for any other body, and without an answer. */
  body?: unknown;
}

/**
 * Posts once.
 *
 * @param url The function's URL.
 * @param init The request.
 * @param withinMs The longest time until the whole answer is there, in ms. Then the call is aborted.
 */
async function post(url: string, init: RequestInit, withinMs: number): Promise<Answer> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), withinMs);
  let isSuccess = false;
  try {
    const response = await fetch(url, { ...init, signal: controller.signal });
    const text = await response.text();
    isSuccess = response.ok;
    return { isSuccess, body: JSON.parse(text) };
  } catch {
    return { isSuccess };
  } finally {
    clearTimeout(timer);
  }
}

/** An error as PostgREST answers it. */
const RestError = z.object({ code: z.string(), message: z.string().catch("") });

/**
 * Describes the failure of an answer.
 *
 * @see https://docs.postgrest.org/en/stable/references/errors.html
 * @see https://www.postgresql.org/docs/17/errcodes-appendix.html
 */
function describe(
  { isSuccess, body }: Answer,
): Omit<DatabaseFailure, "attempts" | "database_function"> {
  if (isSuccess) return { kind: "not_understood" };
  const { success, data: error } = RestError.safeParse(body);
  if (!success) return { kind: "unreachable" };
  if (/^PGRST[0-9X]{3}$/.test(error.code)) return { kind: "failed", rest_code: error.code };
  const sqlstate = /^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined;
  if (!sqlstate) return { kind: "unreachable" };
  if (!/^2[23]/.test(sqlstate)) return { kind: "failed", sqlstate };
  const constraint = sqlstate.startsWith("23")
    ? /constraint "([a-z0-9_]{1,63})"/.exec(error.message)?.[1]
    : undefined;
  return { kind: "refused", sqlstate, constraint };
}
