/**
 * Proves that Twilio sent a request, with the validator of Twilio's own SDK. Only that file of the SDK
 * is loaded, because the whole costs a webhook 120 to 220 ms of cold start.
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
  /** Every key, paired with each base URL that it may sign for. */
  signers: WebhookSigner[];
  /** The URL behind the base URL, with the raw query: `/sms-inbound?message=…`. */
  path: string;
  /** The form's fields, or the raw text of a JSON body, whose hash is the query's bodySHA256. */
  body: TwilioForm | string;
}

/**
 * Whether one of the signers signed the request with HMAC-SHA1. A webhook URL that was entered with a slash at its end
 * counts, too.
 *
 * The work grows with the number of signers and with the size of the request: the SDK computes at most
 * six HMACs for each signer and path.
 *
 * @returns false also for a malformed signature, and for JSON whose hash is not in the query.
 */
export function isSignedByTwilio({ signature, signers, path, body }: SignedRequest): boolean {
  return withAndWithoutSlash(path).some((path) =>
    signers.some(({ authToken, baseUrl }) =>
      // The SDK accepts an empty key, with which every attacker can sign.
      authToken !== "" && (typeof body === "string"
        ? validateRequestWithBody(authToken, signature, baseUrl + path, body)
        : validateRequest(authToken, signature, baseUrl + path, body))
    )
  );
}

/** A path as it is, and with a slash before its query. */
export function withAndWithoutSlash(path: string): string[] {
  return [path, path.replace(/(?=\?|$)/, "/")];
}
