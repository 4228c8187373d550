/**
 * Finds how a request is signed that says so: a webhook rule may sign with a shared key and HMAC-SHA256. It is loaded
 * when a request has the header.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * @module
 */
import { isSignedWithSha256 } from "./sha256_signature.ts";
import { isSignedByTwilio } from "./twilio_signature.ts";

/**
 * Finds the check of a signature. The key is not looked up by its name: every configured key is tried.
 *
 * @param settings The header X-Twilio-Webhooks-Signature-Settings, such as `key=HK…,algorithm=HMAC_SHA256`.
 * @returns The check; undefined for an algorithm that is not known.
 */
export function signatureCheckOf(settings: string): typeof isSignedByTwilio | undefined {
  // Split, because an unauthenticated caller may send this header, and a pattern with its spaces takes the square of its length.
  const [, algorithm = "HMAC_SHA1"] = settings.split(",")
    .map((setting) => setting.split("=").map((part) => part.trim()))
    .find(([name, ...value]) => name.toLowerCase() === "algorithm" && value.length > 0) ?? [];
  switch (algorithm.toUpperCase()) {
    case "HMAC_SHA1":
      return isSignedByTwilio;
    case "HMAC_SHA256":
      return isSignedWithSha256;
  }
}
