/**
 * Twilio calls this function when a message that we sent changes state.
 *
 * @see https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
 * @module
 */
import { readConfiguration } from "../_shared/configuration/configuration.ts";
import { connectDatabase } from "../_shared/database/database.ts";
import { twilioWebhook } from "../_shared/webhook/twilio_webhook.ts";
import { recordStatus } from "./record_status.ts";
import { parseStatusCallback } from "./status_callback.ts";

const configuration = readConfiguration(Deno.env.toObject());
const callDatabase = connectDatabase(configuration);

export default {
  fetch: twilioWebhook({
    name: "sms-status",
    configuration,
    async handle({ form, query, log }) {
      const callback = parseStatusCallback(form, query);
      if (!callback) return { status: "ignored" };
      return await recordStatus(callDatabase, callback, form, log);
    },
  }),
};
