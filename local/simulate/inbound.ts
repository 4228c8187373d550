/**
 * `deno task simulate inbound`: a recruit texts one of the platform's numbers.
 *
 * @see https://www.twilio.com/docs/messaging/guides/webhook-request
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { examples } from "../command_line/task_command.ts";
import { newSid } from "../stand_ins/twilio/message_log.ts";
import { type PhoneText, sentText } from "../stand_ins/twilio/phone_text.ts";
import { inboundForm, type InboundText } from "../stand_ins/twilio/webhook_forms.ts";
import { deliver, type Delivery, post } from "./deliver.ts";
import { textCommand, textOf, type TextOptions } from "./inbound_options.ts";
import { type DeliveryOptions, localAccountSid, type Target, targetOf } from "./options.ts";
import { fateOfText, noteOnFate } from "./fate_of_text.ts";
import { textFromPhone } from "./stand_in.ts";
import { report } from "./report.ts";
import { rowsOfMessage } from "./stored_rows.ts";

/** The options of the command. */
type InboundOptions = DeliveryOptions & TextOptions;

/** Adds the command `inbound`. */
export function addInbound(simulate: Command): void {
  textCommand(simulate, "inbound", "A recruit texts one of the platform's numbers.")
    .addHelpText(
      "after",
      `
Without --url and --token the text goes through the local stand-in for Twilio, and stays in its
message log. Twilio delivers a reaction on SMS as a text, and does not deliver one on WhatsApp.
` + examples(
        'simulate inbound --from +15550100001 --to +15550100000 --body "Hi!"',
        'simulate inbound --from +15550100001 --to +15550100000 --react "Days or nights?"',
        "simulate inbound --channel whatsapp --from +15550100004 --to +15550100009 \\\n" +
          '--location "39.7392,-104.9903,The depot" --profile-name Dee',
      ),
    )
    .action(async (options) => {
      Deno.exitCode = await inbound(options) ? 0 : 1;
    });
}

/** Posts the text. @returns Whether sms-inbound has answered 200 to every post. */
async function inbound(options: InboundOptions): Promise<boolean> {
  const text = textOf(options);
  const messageSid = text.message_sid ?? newSid(text.media.length > 0 ? "MM" : "SM");
  const target = await targetOf("sms-inbound", options);
  const isThroughStandIn = options.url === undefined && options.token === undefined;
  const delivery = isThroughStandIn
    ? () => deliveryByPhone({ ...text, sent_at: undefined, message_sid: messageSid })
    : directDelivery(target, { ...sentText(text), messageSid });
  const deliveries = Array.from({ length: options.repeat }, () => delivery);
  const answers = await deliver(deliveries, options.concurrent);
  const rows = await rowsOfMessage(target.url, messageSid);
  const isAccepted = report({ url: target.url, deliveries: answers, rows }, options.json);
  if (isAccepted) {
    const sent = { ...text, messageSid, channel: options.channel };
    const note = noteOnFate(await fateOfText(target.url, sent), sent);
    if (note) console.error(`\n${note}`);
  }
  return isAccepted;
}

/**
 * Sends a text through the stand-in.
 *
 * @throws {Error} If `from` is the magic number whose webhooks are lost.
 */
async function deliveryByPhone(text: PhoneText): Promise<Delivery> {
  const delivery = await textFromPhone(text);
  if (delivery.is_lost) {
    throw new Error(
      `${delivery.message_sid} is in the stand-in's log, but its webhook is lost, as the magic number wants`,
    );
  }
  const { is_lost: _, ...answered } = delivery;
  return answered;
}

function directDelivery(target: Target, text: InboundText): () => Promise<Delivery> {
  const form = inboundForm(text, localAccountSid());
  const idempotencyToken = crypto.randomUUID();
  return () => post(target, form, idempotencyToken);
}
