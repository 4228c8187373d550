/**
 * Database errors in the form of PostgREST's.
 *
 * @see https://docs.postgrest.org/en/v13/references/errors.html
 * @module
 */

/** An error of postgres.js, about the database or the connection. */
export interface DatabaseError extends Error {
  code: string;
  detail?: string;
  hint?: string;
  constraint_name?: string;
}

/** Asks whether postgres.js threw an error: each has a code. */
export function isDatabaseError(thrown: unknown): thrown is DatabaseError {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string";
}

/** The codes that lite passes on unchanged. */
const PASSED_ON = /^(21|22|42|53|55|PT|PGRST$|23502|23503|23505|25006)/;

const NO_CONNECTION = {
  code: "PGRST000",
  message: "Database connection error. Retrying the connection.",
  details: null,
  hint: null,
};

/**
 * Changes an error so that lite answers it as PostgREST does, and prints it as one log line without
 * values. By default lite answers most SQLSTATEs with 500 and no code, and prints the row's values.
 */
export function likePostgrest<Thrown>(error: Thrown): Thrown {
  if (!isDatabaseError(error)) return error;
  const { code, message, detail, hint } = error;
  const line = logLine(error);
  if (!PASSED_ON.test(code)) {
    const answer = isSqlstate(code)
      ? { code, message, details: detail ?? null, hint: hint ?? null }
      : NO_CONNECTION;
    // Lite takes the answer of one error from its message and detail: that of `raise sqlstate
    // 'PGRST'`.
    Object.assign(error, {
      code: "PGRST",
      message: JSON.stringify(answer),
      detail: JSON.stringify({ status: isSqlstate(code) ? httpStatus(error) : 503, headers: {} }),
    });
  }
  return Object.defineProperty(error, Symbol.for("Deno.customInspect"), {
    value: () => line,
    // Lite's Storage asks twice about one error.
    configurable: true,
  });
}

/**
 * Answers a database error as PostgREST does, and prints it as one log line without values.
 *
 * @param role The caller's role.
 */
export function errorAnswer(error: DatabaseError, role: string): Response {
  console.error(logLine(error));
  const { code, message, detail = null, hint = null } = error;
  if (!isSqlstate(code)) return Response.json(NO_CONNECTION, { status: 503 });
  if (code === "PGRST") return chosenAnswer(error);
  const status = httpStatus(error, role);
  return Response.json({ code, message, details: detail, hint }, { status });
}

/**
 * The answer that a function chooses by `raise sqlstate 'PGRST'`, with JSON as its message and detail.
 *
 * @see https://docs.postgrest.org/en/v13/references/errors.html#raise-errors-with-http-status-codes
 */
function chosenAnswer({ message, detail }: DatabaseError): Response {
  try {
    const { code, message: text, details = null, hint = null } = JSON.parse(message);
    const { status, headers = {} } = JSON.parse(detail ?? "");
    return Response.json({ code, message: text, details, hint }, { status, headers });
  } catch {
    const refused = "Could not parse JSON in the \"RAISE SQLSTATE 'PGRST'\" error";
    return Response.json({ code: "PGRST121", message: refused, details: null, hint: null }, {
      status: 500,
    });
  }
}

function logLine(error: DatabaseError): string {
  const { code: sqlstate, constraint_name: constraint } = error;
  const line = { level: "error", event: "database_error", function: "rest", sqlstate, constraint };
  return JSON.stringify(line);
}

function isSqlstate(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code);
}

/** The statuses of SQLSTATEs, by how these begin. The first that fits counts; the last fits all. */
const STATUSES: readonly (readonly [RegExp, number])[] = [
  [/^(08|53(?!400)|57P01)/, 503],
  [/^(0L|0P|28)/, 403],
  [/^(23503|23505)/, 409],
  [/^25006/, 405],
  [/^(42883|42P01)/, 404],
  [/^P0001/, 400],
  [/^(09|21|25|2D|38|39|3B|40|42P17|5|F0|HV|P0|XX)/, 500],
  [/^/, 400],
];

/** A function chooses its answer's status by `raise sqlstate 'PT402'`. */
const CHOSEN_STATUS = /^PT([2-5][0-9]{2})$/;

function httpStatus({ code }: DatabaseError, role?: string): number {
  if (code === "42501") return role === "anon" ? 401 : 403;
  const chosen = CHOSEN_STATUS.exec(code);
  if (chosen) return Number(chosen[1]);
  return STATUSES.find(([pattern]) => pattern.test(code))![1];
}
