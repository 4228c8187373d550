/**
 * The check of Twilio's guide.
 *
 * @see https://www.twilio.com/docs/usage/tutorials/how-to-secure-your-express-app-by-validating-incoming-twilio-requests
 * @module
 */
import twilio from "twilio";

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
): Promise<Record<string, string> | undefined> {
  const form = Object.fromEntries(new URLSearchParams(await request.text()));
  const isSigned = twilio.validateRequest(
    Deno.env.get("TWILIO_AUTH_TOKEN") ?? "",
    request.headers.get("x-twilio-signature") ?? "",
    `${Deno.env.get("TWILIO_WEBHOOK_BASE_URL")}/${name}`,
    form,
  );
  return isSigned ? form : undefined;
}
