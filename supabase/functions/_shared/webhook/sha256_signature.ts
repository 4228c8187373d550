/**
 * Proves that Twilio signed a request with a shared key and HMAC-SHA256. Only the hash differs from the signature that
 * the SDK checks: the same text is signed, for the same spellings of the URL.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * @module
 */
import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { parse, stringify } from "node:querystring";
import { validateBody } from "twilio/lib/webhooks/webhooks.js";
import type { TwilioForm } from "./twilio_form.ts";
import { type SignedRequest, withAndWithoutSlash } from "./twilio_signature.ts";

/** Whether one of the signers signed the request with HMAC-SHA256. */
export function isSignedWithSha256({ signature, signers, path, body }: SignedRequest): boolean {
  const given = Buffer.from(signature);
  const fields = typeof body === "string" ? "" : signedFields(body);
  const isSigned = (authToken: string, url: string) => {
    const expected = Buffer.from(
      createHmac("sha256", authToken).update(url + fields, "utf8").digest("base64"),
    );
    return given.length === expected.length && timingSafeEqual(given, expected);
  };
  return withAndWithoutSlash(path).some((path) =>
    signers.some(({ authToken, baseUrl }) =>
      // With an empty key every attacker can sign.
      authToken !== "" && spellingsOf(baseUrl + path).some((url) => isSigned(authToken, url)) &&
      (typeof body !== "string" || validateBody(body, bodyHashIn(baseUrl + path)))
    )
  );
}

/** Every key and value, sorted by key; of a repeated key each value once, in order. */
function signedFields(form: TwilioForm): string {
  return Object.keys(form).sort().map((key) =>
    [...new Set([form[key]].flat())].sort().map((value) => key + value).join("")
  ).join("");
}

/** The URL without and with its port, as it is and as `URL` spells it; the latter also with its query escaped. */
function spellingsOf(url: string): string[] {
  const normalized = portSpellings(new URL(url).toString());
  return [...portSpellings(url), ...normalized, ...normalized.map(withEscapedQuery)];
}

function portSpellings(url: string): string[] {
  const [, scheme, host, port, rest] =
    /^([a-z][a-z0-9+.-]*:\/\/)((?:[^/?#]*@)?(?:\[[^\]/?#]*\]|[^/?#:]*))(:[^/?#]*)?(.*)$/is.exec(
      url,
    ) ??
      [];
  const added = port ?? (scheme.toLowerCase() === "https://" ? ":443" : ":80");
  return [scheme + host + rest, scheme + host + added + rest];
}

function withEscapedQuery(url: string): string {
  const start = url.indexOf("?");
  if (start === -1 || start === url.length - 1) return url;
  return `${url.slice(0, start)}?${stringify(parse(url.slice(start + 1)))}`;
}

function bodyHashIn(url: string): string {
  return new URL(url).searchParams.get("bodySHA256") ?? "";
}
