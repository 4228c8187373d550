/**
 * What may be printed: no token, no key, no password, no whole phone number and no control character.
 *
 * @module
 */
import { entriesOf, type Env } from "../../supabase/functions/_shared/configuration/environment.ts";
import { printable } from "../command_line/printable.ts";
import { shownAddress } from "../project/shown_address.ts";

/** The variables with secrets. Several of them hold lists. */
const SECRETS = /(TOKEN|SECRET|KEY|KEYS|PASSWORD|DB_URL)$/;

/** The shortest value that is taken for a secret: a shorter one may be an ordinary word. */
const MIN_SECRET_LENGTH = 8;

/** A phone number in E.164. */
const PHONE = /\+[1-9]\d{6,14}\b/g;

/**
 * Makes a function that removes secrets, passwords in URLs, and all but the last digits of phones from a text. It
 * guards every text that is printed, because an answer of another server may quote what it was sent.
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
  return (text) => {
    const withoutSecrets = secrets.reduce(
      (text, secret) => text.replaceAll(secret, "…"),
      printable(text),
    );
    return withoutSecrets
      // A password may hold @: the last one ends it.
      .replace(/\/\/[^/?#\s]*@/g, "//")
      .replace(PHONE, (phone) => shownAddress(phone));
  };
}
