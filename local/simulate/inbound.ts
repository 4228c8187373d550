/**
 * `deno task simulate inbound`: a recruit texts one of our numbers.
 *
 * @see https://www.twilio.com/docs/messaging/guides/webhook-request
 * @module
 */
import {
  type Channel,
  CHANNELS,
  joinAddress,
} from "../../supabase/functions/_shared/channel_address.ts";
import { newSid } from "../twilio/message_log.ts";
import type { PhoneText } from "../twilio/phone.ts";
import { inboundForm, type InboundText } from "../twilio/webhook_forms.ts";
import { deliver, type Delivery, post } from "./deliver.ts";
import {
  COMMON_HELP,
  COMMON_OPTIONS,
  localAccountSid,
  oneOf,
  parseOptions,
  repetitions,
  required,
  type Target,
  targetOf,
} from "./options.ts";
import { textFromPhone } from "./phone.ts";
import { report } from "./report.ts";

export const INBOUND_HELP = `A recruit texts one of our numbers.

Usage: deno task simulate inbound --from +15550100001 --to +15550100000 --body "Hi!"

  --from ADDRESS     Who texts, E.164 (required)
  --to ADDRESS       Which of our numbers (required)
  --body TEXT        What the text says (default empty)
  --media URL        A picture's address; may be given several times
  --sid SID          The MessageSid (default: a new one)
${COMMON_HELP}

With neither --url nor --token the text goes through the local stand-in for Twilio, and stays in its
message log.
`;

/**
 * Runs the command.
 *
 * @param args Its command line.
 * @returns Whether every answer was 200.
 */
export async function inbound(args: string[]): Promise<boolean> {
  const options = parseOptions(args, {
    ...COMMON_OPTIONS,
    from: { type: "string" },
    to: { type: "string" },
    body: { type: "string", default: "" },
    media: { type: "string", multiple: true, default: [] as string[] },
    sid: { type: "string" },
  });
  const channel = oneOf(options.channel, CHANNELS, "channel");
  const text = {
    from: onChannel(required(options.from, "from"), channel),
    to: onChannel(required(options.to, "to"), channel),
    body: options.body,
    media: options.media.map((url) => ({ url, content_type: "image/jpeg" })),
  };
  const messageSid = options.sid ?? newSid(text.media.length > 0 ? "MM" : "SM");
  const target = await targetOf("sms-inbound", options);
  const isThroughStandIn = options.url === undefined && options.token === undefined;
  const delivery = isThroughStandIn
    ? () => deliveryByPhone({ ...text, message_sid: messageSid })
    : directDelivery(target, { ...text, messageSid });
  const deliveries = Array.from({ length: repetitions(options.repeat) }, () => delivery);
  return await report(
    target.url,
    await deliver(deliveries, options.concurrent),
    options.json,
  );
}

/** @throws {Error} If the phone's number makes the stand-in lose the webhook. */
async function deliveryByPhone(text: PhoneText): Promise<Delivery> {
  const delivery = await textFromPhone(text);
  if (!delivery.is_lost) return delivery;
  throw new Error(`${delivery.message_sid} is in Twilio's log, but its webhook is lost.`);
}

function directDelivery(target: Target, text: InboundText): () => Promise<Delivery> {
  const form = inboundForm(text, localAccountSid());
  const idempotencyToken = crypto.randomUUID();
  return () => post(target, form, idempotencyToken);
}

/** Adds the channel's prefix, unless it is there. */
export function onChannel(address: string, channel: Channel): string {
  return address.startsWith(`${channel}:`) ? address : joinAddress({ channel, address });
}
