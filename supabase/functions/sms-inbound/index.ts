/**
 * Twilio calls this function when a recruit texts one of our numbers.
 *
 * @see https://www.twilio.com/docs/messaging/guides/webhook-request
 * @module
 */
import { readConfiguration } from "../_shared/configuration.ts";
import { connectDatabase } from "../_shared/database.ts";
import { twilioWebhook } from "../_shared/twilio_webhook.ts";
import { parseInboundMessage } from "./inbound_message.ts";
import { receiveMessage } from "./receive_message.ts";
import { twimlResponse } from "./twiml.ts";

const configuration = readConfiguration(Deno.env.toObject());
const callDatabase = connectDatabase(configuration);

export default {
  fetch: twilioWebhook({
    name: "sms-inbound",
    configuration,
    async handle({ form, log }) {
      const message = parseInboundMessage(form);
      if (!message) return { status: "ignored" };
      return await receiveMessage(callDatabase, message, form, log);
    },
    respond: twimlResponse,
  }),
};
