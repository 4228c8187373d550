/**
 * The text of an error of the command line, without secrets.
 *
 * @module
 */

/**
 * Supabase's secret keys and JWTs, Twilio's auth tokens, and what `openssl rand -hex` makes. A SID has two letters before
 * its digits.
 */
const SECRET = /\bsb_secret_[\w-]+|\beyJ[\w.-]+|\b[0-9a-f]{32,}\b/g;

/** An option that Commander or Deno does not know, with its value. */
const UNKNOWN_OPTION = /((?:unknown option|unexpected argument) '[^'=]+)=[^]*'/;

/**
 * Removes secrets from an error: keys and tokens anywhere, because a misplaced argument is quoted, and the
 * value of an unknown option, which may be a misspelled option of a secret.
 */
export function shownError(text: string): string {
  return text.replace(UNKNOWN_OPTION, "$1'").replaceAll(SECRET, "<secret>");
}
