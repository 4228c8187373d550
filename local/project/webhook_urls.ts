/**
 * The URLs that Twilio calls.
 *
 * @module
 */
import { DEFAULT_OVERRIDES } from "../../supabase/functions/_shared/configuration/environment.ts";

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
