/**
 * Twilio calls this function when a recruit texts one of our numbers.
 *
 * 1. `twilioWebhook` verifies that Twilio signed the request.
 * 2. `parseInboundMessage` reads the form. `judgeInbound` decides whether the text opts out or opts in.
 * 3. `receiveMessage` stores the text in one database call. Its result says what to do after the response.
 * 4. Twilio gets its HTTP response.
 * 5. After the response the bot replies to the recruit, and other due work is done.
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
import { judgeInbound } from "../_shared/opt_out/first_look.ts";
import { type Outcome, twilioWebhook } from "../_shared/webhook/twilio_webhook.ts";
import type { VerifiedWebhook } from "../_shared/webhook/verify_webhook.ts";
import { emptyTwiml } from "../_shared/webhook/empty_twiml.ts";

const name = "sms-inbound";
const environment = Deno.env.toObject();
const configuration = readConfiguration(environment);
const botConfiguration = readBotConfiguration(environment, configuration);
const callDatabase = connectDatabase(configuration);
const log = createLog(name);
surviveUnhandledRejections(log);
// The bot is optional: without it texts are stored, and conversations are handed off to a person.
for (const reason of botConfiguration.problems) log("warn", "not_configured", { reason });

async function handle({ form }: VerifiedWebhook): Promise<Outcome> {
  const message = parseInboundMessage(form);
  // A form without MessageSid, From or To is not a message.
  if (!message) return { status: "ignored" };

  const received = await receiveMessage(
    { message, judgement: await judgeInbound(message), form },
    { callDatabase, log, turnWaitSeconds: botConfiguration.turnWaitSeconds },
  );
  // The text is not stored. sms-reconcile brings it in from Twilio's log.
  if (received.kind === "deferred") return { status: "deferred", failure: received.failure };

  const { kind, conversationId, followUp } = received;
  if (followUp) afterAnswer(() => loadBotAndFollowUp(followUp), log);
  // A repeated or an erased recruit's text needs nothing more, so its status is `received`, too.
  return {
    status: kind === "no_conversation" ? "no_conversation" : "received",
    message_sid: message.messageSid,
    conversation_id: conversationId,
  };
}

/** Loads the bot after the response, so that no response waits for its packages, and does the follow-up. */
async function loadBotAndFollowUp(followUp: FollowUp): Promise<void> {
  const [{ createBot }, { doFollowUp }] = await Promise.all([
    import("../_shared/bot/bot.ts"),
    import("../_shared/due_work/follow_up.ts"),
  ]);
  await doFollowUp(followUp, createBot(botConfiguration, callDatabase, log));
}

export default {
  fetch: twilioWebhook({ name, configuration, log, handle, respond: emptyTwiml }),
};
