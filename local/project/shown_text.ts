/**
 * What may be printed of a text: no token, no key, no password, no whole phone number and no control character.
 *
 * @module
 */
import { entriesOf, type Env } from "../../supabase/functions/_shared/configuration/environment.ts";
import { printable } from "../command_line/printable.ts";
import { shownAddress } from "./shown_address.ts";

/** The variables with secrets. Several of them hold lists. */
const SECRETS = /(TOKEN|SECRET|KEY|KEYS|PASSWORD|DB_URL)$/;

/** The shortest value that is taken for a secret: a shorter one may be an ordinary word. */
const MIN_SECRET_LENGTH = 8;

/** A phone number, also one in a query or without its plus. A date in a model's name follows a hyphen. */
const PHONE = /(?:\+|%2B|(?<![\w.-]))\d{7,15}(?!\w)/gi;

/**
 * Returns a text without the passwords and queries of its URLs, without control characters, and without all but the
 * last digits of phone numbers. A query may hold a token. Twilio's SIDs and the connection overrides stay.
 */
export function shownText(text: string): string {
  return printable(text)
    // A password may hold @: the last one ends it.
    .replace(/(\w:\/\/)[^/?#\s]*@/g, "$1")
    .replace(/(\w:\/\/[^?#\s]*)\?[^#\s]*/g, "$1?…")
    .replace(PHONE, shownAddress);
}

/**
 * Makes a {@link shownText} that also removes secrets, because an answer of another server may quote what it was
 * sent.
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
    shownText(secrets.reduce((text, secret) => text.replaceAll(secret, "…"), printable(text)));
}
