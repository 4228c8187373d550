/**
 * Twilio calls this function when a recruit texts one of our numbers.
 *
 * @see https://www.twilio.com/docs/messaging/guides/webhook-request
 * @module
 */
import { afterAnswer, surviveUnhandledRejections } from "../_shared/worker/after_answer.ts";
import { readBotConfiguration } from "../_shared/bot/bot_configuration.ts";
import { readConfiguration } from "../_shared/configuration/configuration.ts";
import { connectDatabase } from "../_shared/database/database.ts";
import type { FollowUp } from "../_shared/due_work/follow_up.ts";
import { createLog } from "../_shared/log/log.ts";
import { parseInboundMessage } from "../_shared/inbound/inbound_message.ts";
import { receiveMessage } from "../_shared/inbound/receive_message.ts";
import { judgeText } from "../_shared/opt_out/judge_text.ts";
import { twilioWebhook } from "../_shared/webhook/twilio_webhook.ts";
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
async function doFollowUp(followUp: FollowUp): Promise<void> {
  const [{ createBot }, { doFollowUp }] = await Promise.all([
    import("../_shared/bot/create_bot.ts"),
    import("../_shared/due_work/follow_up.ts"),
  ]);
  await doFollowUp(followUp, createBot(botConfiguration, callDatabase, log));
}

export default {
  fetch: twilioWebhook({
    name,
    configuration,
    async handle({ form }) {
      const message = parseInboundMessage(form);
      if (!message) return { status: "ignored" };
      const received = await receiveMessage(
        callDatabase,
        message,
        judgeText(message),
        form,
        botConfiguration,
        log,
      );
      if (received.kind === "deferred") return { status: "deferred", failure: received.failure };
      const { kind, conversationId, followUp } = received;
      if (followUp) afterAnswer(() => doFollowUp(followUp), log);
      return {
        status: kind === "no_conversation" ? "no_conversation" : "received",
        message_sid: message.messageSid,
        conversation_id: conversationId,
      };
    },
    respond: twimlResponse,
  }),
};
