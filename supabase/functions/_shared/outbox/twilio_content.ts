/**
 * The outbox's call of Twilio's Content resource, which holds the templates.
 *
 * @see https://www.twilio.com/docs/content/content-api-resources
 * @module
 */
import { openTwilioApi, within } from "../twilio/twilio_api.ts";
import type { SendingConfiguration } from "./sending_configuration.ts";

/** The call of the Content resource. */
export interface TwilioContent {
  /**
   * Fetches a template.
   *
   * @param sid `HX` and 32 hex digits.
   * @returns The Content resource, unchecked.
   * @throws {Error} If it cannot be read within `timeoutMs` milliseconds. `failureOf` reads why.
   */
  fetch(sid: string, timeoutMs: number): Promise<unknown>;
}

/**
 * Opens the Content resource of an account.
 *
 * @throws {Error} If the SDK cannot be loaded.
 */
export async function openTwilioContent(
  configuration: SendingConfiguration,
): Promise<TwilioContent> {
  const client = await openTwilioApi(configuration);
  return {
    async fetch(sid, timeoutMs) {
      const { content } = client(timeoutMs);
      if (configuration.apiBaseUrl) content.baseUrl = configuration.apiBaseUrl;
      return await within(timeoutMs, content.v1.contents(sid).fetch());
    },
  };
}
