/**
 * The outbox's call of Twilio's Content resource, which holds the templates.
 *
 * @see https://www.twilio.com/docs/content/content-api-resources
 * @module
 */
import type V1 from "twilio/lib/rest/content/V1.js";
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
  const [client, { ContentListInstance }] = await Promise.all([
    openTwilioApi(configuration),
    import("twilio/lib/rest/content/v1/content.js"),
  ]);
  return {
    async fetch(sid, timeoutMs) {
      const contents = ContentListInstance(
        client(timeoutMs).version("content", "v1") as V1.default,
      );
      return await within(timeoutMs, contents(sid).fetch());
    },
  };
}
