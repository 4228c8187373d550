/**
 * Twilio calls this function when a recruit texts one of our numbers.
 *
 * @see https://www.twilio.com/docs/messaging/guides/webhook-request
 * @module
 */
import { afterAnswer, surviveUnhandledRejections } from "../_shared/after_answer.ts";
import { readBotConfiguration } from "../_shared/bot/bot_configuration.ts";
import type { Owed } from "../_shared/bot/what_is_owed.ts";
import { readConfiguration } from "../_shared/configuration.ts";
import { connectDatabase } from "../_shared/database.ts";
import { createLog } from "../_shared/log.ts";
import { twilioWebhook } from "../_shared/twilio_webhook.ts";
import { parseInboundMessage } from "./inbound_message.ts";
import { type Received, receiveLater, receiveMessage } from "./receive_message.ts";
import { twimlResponse } from "./twiml.ts";

const name = "sms-inbound";
const environment = Deno.env.toObject();
const configuration = readConfiguration(environment);
const botConfiguration = readBotConfiguration(environment, configuration);
const callDatabase = connectDatabase(configuration);
const log = createLog(name);
surviveUnhandledRejections(log);
for (const reason of botConfiguration.problems) log("warn", "not_configured", { reason });

/** The bot is loaded when there is something to do for it: no webhook waits for it. */
async function doWhatIsOwed(owed: Owed): Promise<void> {
  const { createBot, doWhatIsOwed } = await import("../_shared/bot/what_is_owed.ts");
  await doWhatIsOwed(owed, createBot(botConfiguration, callDatabase, log));
}

async function receiveDeferred(receive: () => Promise<Received>): Promise<void> {
  const received = await receiveLater(receive);
  if (!received) return;
  const { status, ...fields } = received.outcome;
  log("info", status, fields);
  if (received.owed) await doWhatIsOwed(received.owed);
}

export default {
  fetch: twilioWebhook({
    name,
    configuration,
    async handle({ form }) {
      const message = parseInboundMessage(form);
      if (!message) return { status: "ignored" };
      const receive = () =>
        receiveMessage(callDatabase, message, form, botConfiguration.turnWaitSeconds, log);
      const { outcome, owed } = await receive();
      if (owed) afterAnswer(() => doWhatIsOwed(owed), log);
      if (outcome.status === "deferred") afterAnswer(() => receiveDeferred(receive), log);
      return outcome;
    },
    respond: twimlResponse,
  }),
};
