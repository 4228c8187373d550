/**
 * Proves that Twilio sent a request, with the validator of Twilio's own SDK. Only that file of
 * the SDK is loaded: the whole costs a webhook 120 to 220 ms of cold start.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * @module
 */
import { validateRequest, validateRequestWithBody } from "twilio/lib/webhooks/webhooks.js";
import type { WebhookSigner } from "./webhook_signers.ts";
import type { TwilioForm } from "./twilio_form.ts";

/** What a signature is checked against. */
export interface SignedRequest {
  /** The header X-Twilio-Signature. */
  signature: string;
  /** Every key with every base URL that it may have signed for. */
  signers: WebhookSigner[];
  /** What follows the base URL, with the raw query: `/sms-inbound?message=…`. */
  path: string;
  /** The form's fields, or the raw text of a JSON body, whose hash the query's bodySHA256 holds. */
  body: TwilioForm | string;
}

/**
 * Tells whether one of the signers signed the request. A webhook URL that was entered with a slash
 * at its end counts, too.
 *
 * The work grows with the signers and with the size of the request, each by itself: the SDK
 * computes at most six HMACs for each signer and path.
 *
 * @returns false for a signature that is wrong or malformed, and for JSON that the query holds no hash of.
 */
export function isSignedByTwilio({ signature, signers, path, body }: SignedRequest): boolean {
  const paths = [path, path.replace(/(?=\?|$)/, "/")];
  return paths.some((path) =>
    signers.some(({ authToken, baseUrl }) =>
      // The empty key is everybody's: the SDK accepts what it signs.
      authToken !== "" && (typeof body === "string"
        ? validateRequestWithBody(authToken, signature, baseUrl + path, body)
        : validateRequest(authToken, signature, baseUrl + path, body))
    )
  );
}
