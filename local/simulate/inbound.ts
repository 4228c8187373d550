/**
 * `deno task simulate inbound`: a recruit texts one of the platform's numbers.
 *
 * @see https://www.twilio.com/docs/messaging/guides/webhook-request
 * @module
 */
import { newSid } from "../stand_ins/twilio/message_log.ts";
import { type PhoneText, sentText } from "../stand_ins/twilio/phone_text.ts";
import { inboundForm, type InboundText } from "../stand_ins/twilio/webhook_forms.ts";
import { deliver, type Delivery, post } from "./deliver.ts";
import { TEXT_HELP, TEXT_OPTIONS, textOf } from "./inbound_options.ts";
import {
  COMMON_HELP,
  COMMON_OPTIONS,
  localAccountSid,
  parseOptions,
  repetitions,
  type Target,
  targetOf,
} from "./options.ts";
import { textFromPhone } from "./stand_in.ts";
import { report } from "./report.ts";
import { rowsOfMessage } from "./stored_rows.ts";

export const INBOUND_HELP = `A recruit texts one of the platform's numbers.

Usage: deno task simulate inbound --from +15550100001 --to +15550100000 --body "Hi!"

${TEXT_HELP}
${COMMON_HELP}

Without --url and --token the text goes through the local stand-in for Twilio, and stays in its
message log. Twilio delivers a reaction on SMS as a text, and does not deliver one on WhatsApp:

  deno task simulate inbound --from +15550100001 --to +15550100000 --react "Days or nights?"
  deno task simulate inbound --channel whatsapp --from +15550100004 --to +15550100009 \\
    --location "39.7392,-104.9903,The depot" --profile-name Dee
`;

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns Whether every answer was 200.
 */
export async function inbound(args: string[]): Promise<boolean> {
  const options = parseOptions(args, { ...COMMON_OPTIONS, ...TEXT_OPTIONS });
  const text = textOf(options);
  const messageSid = text.message_sid ?? newSid(text.media.length > 0 ? "MM" : "SM");
  const target = await targetOf("sms-inbound", options);
  const isThroughStandIn = options.url === undefined && options.token === undefined;
  const delivery = isThroughStandIn
    ? () => deliveryByPhone({ ...text, sent_at: undefined, message_sid: messageSid })
    : directDelivery(target, { ...sentText(text), messageSid });
  const deliveries = Array.from({ length: repetitions(options.repeat) }, () => delivery);
  const answers = await deliver(deliveries, options.concurrent);
  const rows = await rowsOfMessage(target.url, messageSid);
  return report({ url: target.url, deliveries: answers, rows }, options.json);
}

/**
 * Sends a text through the stand-in.
 *
 * @throws {Error} If `from` is the magic number whose webhooks are lost.
 */
async function deliveryByPhone(text: PhoneText): Promise<Delivery> {
  const delivery = await textFromPhone(text);
  if (!delivery.is_lost) return delivery;
  throw new Error(
    `${delivery.message_sid} is in the stand-in's log, but its webhook is lost, as the magic number wants`,
  );
}

function directDelivery(target: Target, text: InboundText): () => Promise<Delivery> {
  const form = inboundForm(text, localAccountSid());
  const idempotencyToken = crypto.randomUUID();
  return () => post(target, form, idempotencyToken);
}
