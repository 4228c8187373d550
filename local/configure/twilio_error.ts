/**
 * Errors of Twilio's API, in words.
 *
 * @see https://www.twilio.com/docs/api/errors
 * @module
 */
import twilio from "twilio";
import { shownText } from "../project/shown_text.ts";

/** The error code of wrong credentials. */
const NOT_AUTHENTICATED = 20003;

/** Says why a call of Twilio's API failed, without passwords, tokens and whole phone numbers. */
export function twilioError(error: unknown): string {
  if (!(error instanceof Error)) return "The call failed";
  if (!(error instanceof twilio.RestException)) {
    return isUnreachable(error)
      ? `Twilio's API cannot be reached (${error.code}): check this machine's connection`
      : shownText(error.message);
  }
  if (error.code === NOT_AUTHENTICATED || error.status === 401) {
    return `Twilio refused the credentials of TWILIO_ACCOUNT_SID (${error.status}, error ${
      error.code ?? NOT_AUTHENTICATED
    })`;
  }
  const code = error.code ? `, error ${error.code}` : "";
  return `Twilio answered ${error.status}${code}: ${shownText(error.message)}`;
}

/** Whether no connection was made, or it broke. */
function isUnreachable(error: Error): error is Error & { code: string } {
  return "code" in error && typeof error.code === "string" &&
    /^(E(NOTFOUND|AI_AGAIN|CONN[A-Z]+|TIMEDOUT|HOSTUNREACH|NETUNREACH|PIPE))$/.test(error.code);
}

/** Whether nothing listens at the API's address. */
export function isNoAnswer(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
}
