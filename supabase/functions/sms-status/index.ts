/**
 * Twilio calls this function when the status of a message that we sent changes.
 *
 * @see https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
 * @module
 */
import { readConfiguration } from "../_shared/configuration/configuration.ts";
import { connectDatabase } from "../_shared/database/database.ts";
import { createLog } from "../_shared/log/log.ts";
import { type Outcome, twilioWebhook } from "../_shared/webhook/twilio_webhook.ts";
import type { VerifiedWebhook } from "../_shared/webhook/verify_webhook.ts";
import { recordStatus } from "../_shared/status/record_status.ts";
import { parseStatusCallback } from "../_shared/status/status_callback.ts";
import { isDocumentedStatus } from "../_shared/twilio/message_status.ts";

const name = "sms-status";
const configuration = readConfiguration(Deno.env.toObject());
const callDatabase = connectDatabase(configuration);
const log = createLog(name);

async function handle({ form, query }: VerifiedWebhook): Promise<Outcome> {
  const callback = parseStatusCallback(form, query);
  const { MessageStatus: status } = form;
  if (typeof status === "string" && !isDocumentedStatus(status)) {
    // A status out of bounds may be any text, and then there is no callback: it is not logged.
    const { messageSid: message_sid, twilioStatus: twilio_status } = callback ?? {};
    log("warn", "unknown_status", { message_sid, twilio_status });
  }
  if (!callback) return { status: "ignored" };
  return await recordStatus(callback, form, callDatabase, log);
}

export default { fetch: twilioWebhook({ name, configuration, log, handle }) };
