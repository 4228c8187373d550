/**
 * What may be printed of a text: no token, no key, no password, no whole phone number and no control character.
 *
 * @module
 */
import { entriesOf, type Env } from "../../supabase/functions/_shared/configuration/environment.ts";
import { printable } from "../command_line/printable.ts";
import { shownError } from "../command_line/shown_error.ts";
import { shownAddress } from "./shown_address.ts";

/** The variables with secrets. Several of them hold lists. */
const SECRETS = /(TOKEN|SECRET|KEY|KEYS|PASSWORD|DB_URL)$/;

/** The shortest value that is taken for a secret: a shorter one may be an ordinary word. */
const MIN_SECRET_LENGTH = 8;

/** A phone number, also one in a query or without its plus. A date in a model's name, such as 20241120, is none. */
const PHONE = /(?:\+|%2B|(?<!\w)(?!20\d{6}\b))\d{7,15}(?!\w)/gi;

/** The longest text that is printed, in UTF-16 units. The patterns are slow on an endless one. */
const MAX_LENGTH = 10_000;

/**
 * Returns a text without the passwords and queries of its URLs, without control characters, and without all but the
 * last digits of phone numbers. A query may hold a token. Twilio's SIDs and the connection overrides stay.
 */
export function shownText(text: string): string {
  return printable(text.slice(0, MAX_LENGTH))
    // A password may hold @: the last one ends it.
    .replace(/(\w:\/\/)[^/?#\s]*@/g, "$1")
    .replace(/(\w:\/\/[^?#\s]*)\?[^#\s]*/g, "$1?…")
    .replace(PHONE, shownAddress);
}

/**
 * Makes a {@link shownText} that also removes secrets, because an answer of another server may quote what it was
 * sent. A secret that no variable has, such as one of Vault, is known by its form.
 *
 * @param env The functions' variables.
 * @param keys Further secrets.
 */
export function createShownText(
  env: Env,
  ...keys: (string | undefined)[]
): (text: string) => string {
  const secrets = Object.entries(env)
    .flatMap(([name, value = ""]) => SECRETS.test(name) ? entriesOf(value) : [])
    .concat(keys.filter((key) => key !== undefined))
    .filter((value) => value.length >= MIN_SECRET_LENGTH)
    .sort((a, b) => b.length - a.length);
  return (text) =>
    shownError(
      shownText(secrets.reduce((text, secret) => text.replaceAll(secret, "…"), printable(text))),
    );
}
