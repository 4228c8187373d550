/**
 * Twilio's signature: one HMAC.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * @module
 */
import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";

const baseUrl = Deno.env.get("TWILIO_WEBHOOK_BASE_URL");
const token = Deno.env.get("TWILIO_AUTH_TOKEN") ?? "";

/**
 * Reads a form that Twilio has signed.
 *
 * @param request The request.
 * @param name The function's name, the last part of the URL that Twilio signs.
 * @returns The form; undefined if the signature is not Twilio's.
 */
export async function readSignedForm(
  request: Request,
  name: string,
): Promise<URLSearchParams | undefined> {
  const form = new URLSearchParams(await request.text());
  form.sort();
  let signed = `${baseUrl}/${name}`;
  for (const [key, value] of form) signed += key + value;
  const expected = createHmac("sha1", token).update(signed).digest();
  const given = Buffer.from(request.headers.get("x-twilio-signature") ?? "", "base64");
  return given.length === expected.length && timingSafeEqual(given, expected) ? form : undefined;
}
