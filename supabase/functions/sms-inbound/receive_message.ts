/**
 * Hands one text to the database, which does everything in one transaction.
 *
 * @module
 */
import { type CallDatabase, databaseDeadline } from "../_shared/database.ts";
import type { Log } from "../_shared/log.ts";
import type { TwilioForm } from "../_shared/twilio_form.ts";
import type { Outcome } from "../_shared/twilio_webhook.ts";
import type { InboundMessage } from "./inbound_message.ts";

/**
 * Keeps a text. Repeating it changes nothing.
 *
 * A text that the database refuses for good is kept as unmatched, whole, with the reason: a
 * second call, on this rare path only.
 *
 * @param callDatabase How the database is reached.
 * @param message The text.
 * @param form The signed form it was read from.
 * @param log Where failures are told.
 */
export async function receiveMessage(
  callDatabase: CallDatabase,
  message: InboundMessage,
  form: TwilioForm,
  log: Log,
): Promise<Outcome> {
  const message_sid = message.messageSid;
  const args = {
    message_sid,
    channel: message.channel,
    recruit_phone: message.recruitPhone,
    twilio_phone: message.twilioPhone,
    body: message.body,
    media: JSON.stringify(message.media),
    num_segments: message.numSegments,
    opt_out_type: message.optOutType,
    payload: JSON.stringify(form),
  };
  const signal = databaseDeadline();
  let result = await callDatabase("recruiting_receive_message", args, signal);
  if (!result.ok && result.failure.kind === "refused") {
    const { kind: reason, sqlstate, constraint, database_function } = result.failure;
    log("error", "database_error", {
      message_sid,
      reason,
      sqlstate,
      constraint,
      database_function,
    });
    const refused = [reason, sqlstate, constraint].filter(Boolean).join(" ");
    result = await callDatabase("recruiting_receive_message", {
      ...args,
      refused,
    }, signal);
  }
  if (!result.ok) {
    const { kind: reason, ...fields } = result.failure;
    log("error", "database_error", { message_sid, reason, ...fields });
    return { status: "deferred", message_sid };
  }
  const [{ outcome, conversation_id, broadcast_missed }] = result.data;
  if (broadcast_missed) log("error", "broadcast_missed", { message_sid, conversation_id });
  return {
    status: outcome === "no_conversation" ? "no_conversation" : "received",
    message_sid,
    conversation_id: conversation_id ?? undefined,
  };
}
