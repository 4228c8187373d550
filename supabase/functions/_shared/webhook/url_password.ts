/**
 * Takes the passwords of base URLs out of what Twilio posts: it quotes URLs of ours with their passwords.
 *
 * @module
 */
import { type Json, mapTexts } from "./map_texts.ts";
import type { TwilioForm } from "./twilio_form.ts";
import type { WebhookSigner } from "./webhook_signers.ts";

/** A user and password in a URL. */
const USER_INFO = /^(https?:\/\/)[^/?#]*@/i;

/** A URL without user and password. */
export function withoutUserInfo(url: string): string {
  return url.replace(USER_INFO, "$1");
}

/** Takes user and password out of every URL of a text, such as an error's message. */
export function withoutUserInfos(text: string): string {
  return text.replace(/(https?:\/\/)[^\s/?#]*@/gi, "$1");
}

/**
 * Makes a function that takes the passwords of base URLs out of a value's texts and keys, in each spelling in which a
 * URL may be quoted. Other texts stay: a recruit may text a URL with a password.
 *
 * @param baseUrls The base URLs, with or without passwords.
 */
export function passwordRemover(baseUrls: string[]): <Value>(value: Value) => Value {
  const quoted = quotedPasswords(baseUrls);
  if (!quoted) return (value) => value;
  const clean = (text: string) => text.replace(quoted, "");
  return <Value>(value: Value) => mapTexts(value as Json, clean) as Value;
}

/** A form without the passwords of the base URLs that may be signed for: the field ErrorUrl quotes them. */
export function withoutPasswords(form: TwilioForm, signers: WebhookSigner[]): TwilioForm {
  return passwordRemover(signers.map(({ baseUrl }) => baseUrl))(form);
}

/**
 * Finds `user:password@` of the base URLs: as they are, as `URL` writes them, decoded, and each encoded as in a query.
 * Undefined if none has a password.
 */
function quotedPasswords(baseUrls: string[]): RegExp | undefined {
  const userInfos = baseUrls.flatMap((url) =>
    [url, URL.canParse(url) ? new URL(url).href : ""].flatMap((spelling) =>
      /^https?:\/\/([^/?#]*:[^/?#]*)@/i.exec(spelling)?.[1] ?? []
    )
  );
  const spellings = userInfos.flatMap((userInfo) =>
    [`${userInfo}@`, `${decoded(userInfo)}@`].flatMap((text) => [text, encodeURIComponent(text)])
  );
  if (spellings.length === 0) return undefined;
  const patterns = [...new Set(spellings)].sort((a, b) => b.length - a.length)
    .map((spelling) => spelling.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  // %2F and %2f are the same.
  return new RegExp(patterns.join("|"), "gi");
}

/** A text without percent-encoding; as it is where that is malformed. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
