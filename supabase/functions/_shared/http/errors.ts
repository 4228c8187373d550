/**
 * The functions' error answers: an HTTP status and `{"error":{"code":…,"message":…}}`.
 *
 * @module
 */

/** The answer of a code. */
interface HttpError {
  status: number;
  /** What happened and what to do. Without one, each function passes its own. */
  message?: string;
  headers?: Record<string, string>;
}

/** Every error, by its code. */
export const HTTP_ERRORS = {
  UNAUTHORIZED: { status: 401 },
  NOT_AN_AGENT: {
    status: 403,
    message: "The signed-in user is not an agent: the platform lists agents in recruiting_agents",
  },
  NOT_FOUND: {
    status: 404,
    message: "There is no such conversation, or the agent may not read it",
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    message: "Only POST is allowed",
    headers: { Allow: "POST" },
  },
  REQUEST_TIMEOUT: { status: 408, message: "The body did not arrive in time" },
  OPTED_OUT: {
    status: 409,
    message: "The recruit has opted out; nothing may be sent until they opt in again",
  },
  CLOSED: { status: 409, message: "The conversation is closed; reopen it first" },
  TAKEN: {
    status: 409,
    message:
      "Another agent has the conversation; or, for a call without agent_id, the bot does not answer in it any more",
  },
  OUTSIDE_WINDOW: {
    status: 409,
    message:
      "WhatsApp allows free text only within 24 hours after the recruit's last text; send a template (content_sid)",
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    message: "The idempotency_key was used for another message in this conversation",
  },
  PAYLOAD_TOO_LARGE: { status: 413, message: "The body is too large" },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    message: "Content-Type must be application/x-www-form-urlencoded or application/json",
  },
  INVALID: { status: 422 },
  NOT_CONFIGURED: {
    status: 500,
    message: "The function is not configured; its log names what is missing",
  },
  TWILIO_UNREACHABLE: {
    status: 502,
    message: "Twilio's API cannot be reached or refuses the call; due turns are done all the same",
  },
  UNAVAILABLE: {
    status: 503,
    message: "The database cannot be reached, or failed; the same call may be repeated",
  },
} as const satisfies Record<string, HttpError>;

/** The messages of UNAVAILABLE where it is not the database that failed. */
export const UNAVAILABLE_MESSAGES = {
  auth: "Supabase Auth cannot be reached to check the token; the same call may be repeated",
  thrown: "The function has failed, and its log names the error; the same call may be repeated",
} as const;

/** The messages of UNAUTHORIZED, by what was called. */
export const UNAUTHORIZED_MESSAGES = {
  webhook: "The request is not signed by Twilio",
  smsSend: "Sign in as an agent, or call with the project's secret key",
  smsReconcile: "Call with the project's secret key, as apikey",
} as const;

/** An error's code. */
export type HttpErrorCode = keyof typeof HTTP_ERRORS;

/**
 * Makes an error answer.
 *
 * @param code The error's code.
 * @param options A message and a status in place of the code's own; and more headers.
 */
export function errorResponse(
  code: HttpErrorCode,
  options: { message?: string; status?: number; headers?: Record<string, string> } = {},
): Response {
  const error: HttpError = HTTP_ERRORS[code];
  return Response.json({ error: { code, message: options.message ?? error.message } }, {
    status: options.status ?? error.status,
    headers: { ...error.headers, ...options.headers },
  });
}
