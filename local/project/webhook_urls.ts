/**
 * The URLs that Twilio calls.
 *
 * @module
 */
import {
  DEFAULT_OVERRIDES,
  entriesOf,
} from "../../supabase/functions/_shared/configuration/environment.ts";

/** The functions that Twilio calls. */
export type WebhookName = "sms-inbound" | "sms-status" | "twilio-events";

/**
 * Returns the URL of a webhook, with the connection overrides that make Twilio retry.
 *
 * @param functionsUrl The functions' public base URL, without a slash at the end.
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 */
export function webhookUrl(functionsUrl: string, name: WebhookName): string {
  return `${functionsUrl}/${name}#${DEFAULT_OVERRIDES}`;
}

/** Returns the destination of Event Streams, which knows no connection overrides. */
export function sinkUrl(functionsUrl: string): string {
  return `${functionsUrl}/twilio-events`;
}

/**
 * Finds the base URL that equals an address, or equals it but for the user and the password.
 *
 * @param list The entries of TWILIO_WEBHOOK_BASE_URL.
 * @param address A base URL without a slash at its end.
 */
export function configuredUrl(list = "", address: string): string | undefined {
  const urls = baseUrlsIn(list);
  return urls.find((url) => url === address) ??
    urls.find((url) => withoutPassword(url) === address);
}

/** Returns the entries of TWILIO_WEBHOOK_BASE_URL, without a slash at the end. */
export function baseUrlsIn(list = ""): string[] {
  return entriesOf(list).map((url) => url.replace(/\/+$/, ""));
}

/** Leaves out the user and the password of a URL. A password may hold an @. */
export function withoutPassword(url: string): string {
  return url.replace(/\/\/[^/?#]*@/, "//");
}

/** Whether a text is an http or https address without a query and a fragment. */
export function isAddress(text: string): boolean {
  return /^https?:\/\/[^?#]+$/i.test(text) && URL.canParse(text);
}
