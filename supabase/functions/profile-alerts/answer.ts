/**
 * The answers of profile-alerts.
 *
 * @module
 */
import { errorResponse, type HttpErrorCode } from "../_shared/http/errors.ts";

/** An answer, and what the log says about it. */
export interface Answer {
  response: Response;
  /** An error's code. */
  reason?: HttpErrorCode;
  /** Whether the caller has no valid secret. */
  isUnauthenticated?: boolean;
}

/** The answer to a request that was accepted. */
export function accepted(): Answer {
  return { response: Response.json({ ok: true }) };
}

/** The answer to a caller without a valid secret: the same for each reason. */
export function unknownPath(): Answer {
  return { ...refusal("NOT_FOUND", "There is no such path"), isUnauthenticated: true };
}

/** Makes an error answer, with the code's own message or with `message`. */
export function refusal(code: HttpErrorCode, message?: string): Answer {
  // These services know 400 and no 422.
  const status = code === "INVALID" ? 400 : undefined;
  return { response: errorResponse(code, { message, status }), reason: code };
}
