/**
 * Proves that Twilio sent a request, with the validator of Twilio's own SDK. Only that file of
 * the SDK is loaded: the whole costs a webhook 120 to 220 ms of cold start.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * @module
 */
import { validateRequest, validateRequestWithBody } from "twilio/lib/webhooks/webhooks.js";
import type { TwilioForm } from "./twilio_form.ts";

/** What a signature is checked against. */
export interface SignedRequest {
  /** The header X-Twilio-Signature. */
  signature: string;
  /** Every key that may have signed. None may be empty: it would accept what anybody can make. */
  authTokens: string[];
  /** Every URL that Twilio may have called, with the raw query. */
  urls: string[];
  /** The form's fields, or the raw text of a JSON body, whose hash the URL's bodySHA256 holds. */
  body: TwilioForm | string;
}

/**
 * Tells whether one of the keys signed the request for one of the URLs.
 *
 * @returns false for a signature that is wrong or malformed, and for JSON that the URL holds no hash of.
 */
export function isSignedByTwilio(
  { signature, authTokens, urls, body }: SignedRequest,
): boolean {
  return authTokens.some((token) =>
    token !== "" &&
    urls.some((url) =>
      typeof body === "string"
        ? validateRequestWithBody(token, signature, url, body)
        : validateRequest(token, signature, url, body)
    )
  );
}
