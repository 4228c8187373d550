/**
 * Database errors of npm:@supabase/lite, in the form of PostgREST's. By default lite answers most
 * SQLSTATEs with 500 and no code, and prints the error with the row's values.
 *
 * @see https://docs.postgrest.org/en/v13/references/errors.html
 * @module
 */

/** An error of postgres.js, about the database or the connection. */
interface DatabaseError extends Error {
  code?: string;
  detail?: string;
  hint?: string;
  constraint_name?: string;
}

/** The codes that lite passes on unchanged. */
const PASSED_ON = /^(21|22|42|53|55|PT|PGRST$|23502|23503|23505|25006)/;

/**
 * Changes an error so that lite answers it as PostgREST does, and prints it as one log line without
 * values.
 */
export function likePostgrest<Thrown>(error: Thrown): Thrown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  const { code = "", message, detail, hint, constraint_name } = error as DatabaseError;
  const isSqlstate = /^[0-9A-Z]{5}$/.test(code);
  if (!PASSED_ON.test(code)) {
    const answer = isSqlstate
      ? { code, message, details: detail ?? null, hint: hint ?? null }
      : { code: "PGRST000", message: "Database connection error. Retrying the connection." };
    // Lite takes the answer of one error from its message and detail: that of `raise sqlstate
    // 'PGRST'`.
    Object.assign(error, {
      code: "PGRST",
      message: JSON.stringify(answer),
      detail: JSON.stringify({ status: isSqlstate ? httpStatus(code) : 503, headers: {} }),
    });
  }
  const line = { level: "error", event: "database_error", function: "rest", sqlstate: code };
  return Object.defineProperty(error, Symbol.for("Deno.customInspect"), {
    value: () => JSON.stringify({ ...line, constraint: constraint_name }),
    // Lite's Storage asks twice about one error.
    configurable: true,
  });
}

function httpStatus(sqlstate: string): number {
  if (/^(08|53|57P01)/.test(sqlstate)) return 503;
  if (/^(0L|0P|28)/.test(sqlstate)) return 403;
  return /^(23|P0001)/.test(sqlstate) ? 400 : 500;
}
