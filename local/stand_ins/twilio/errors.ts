/**
 * Twilio's errors.
 *
 * @see https://www.twilio.com/docs/api/errors
 * @module
 */

/** A refusal of a call. */
export interface Refusal {
  /** Twilio's error code, such as 21211. */
  code: number;
  message: string;
  /** The HTTP status; 400 by default. */
  status?: number;
  headers?: Record<string, string>;
}

/** The error for a refused call. */
export class TwilioError extends Error {
  readonly code: number;
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor({ code, message, status = 400, headers = {} }: Refusal) {
    super(message);
    this.code = code;
    this.status = status;
    this.headers = headers;
  }

  /** The answer's JSON. */
  get body() {
    return {
      code: this.code,
      message: this.message,
      more_info: `https://www.twilio.com/docs/errors/${this.code}`,
      status: this.status,
    };
  }
}

/** The error for a method that a resource does not have. */
export function notAllowed(method: string): TwilioError {
  return new TwilioError({
    code: 20004,
    status: 405,
    message: `Method ${method} is not allowed here`,
  });
}

/** The error for a path without a resource. */
export function notFound(path: string): TwilioError {
  return new TwilioError({
    code: 20404,
    status: 404,
    message: `The requested resource ${path} was not found`,
  });
}
