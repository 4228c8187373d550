/**
 * The webhooks of a WhatsApp sender.
 *
 * @see https://www.twilio.com/docs/whatsapp/api/senders
 * @module
 */
import type { Twilio } from "twilio";
import { MessagingV2ChannelsSenderRequestsUpdate as SenderUpdate } from "twilio/lib/rest/messaging/v2/channelsSender.js";
import { webhookUrl } from "../project/webhook_urls.ts";
import { shownAddress } from "../project/shown_address.ts";
import { MissingResource, setting, type Target, targetOf, updateStep } from "./settings.ts";

/**
 * Reads a sender. Nothing of it but its `webhook` is changed.
 *
 * @param number E.164, without `whatsapp:`.
 * @param functionsUrl The functions' public base URL, without a slash at the end.
 * @throws {MissingResource} If the account does not have the sender.
 */
export async function whatsappTarget(
  twilio: Twilio,
  number: string,
  functionsUrl: string,
): Promise<Target> {
  const { channelsSenders } = twilio.messaging.v2;
  const senders = await channelsSenders.list({ channel: "whatsapp" });
  const listed = senders.find(({ senderId }) => senderId === `whatsapp:${number}`);
  const label = `WhatsApp sender ${shownAddress(number)}`;
  if (!listed) throw new MissingResource(`The account does not have the ${label}`);
  // The list may leave the webhook out.
  const { webhook } = await channelsSenders(listed.sid).fetch();
  const events = webhookUrl(functionsUrl, "twilio-events");
  const settings = [
    setting("callback_url", webhook?.callbackUrl, webhookUrl(functionsUrl, "sms-inbound")),
    setting("callback_method", webhook?.callbackMethod, "POST"),
    setting("fallback_url", webhook?.fallbackUrl, events),
    setting("fallback_method", webhook?.fallbackMethod, "POST"),
    setting(
      "status_callback_url",
      webhook?.statusCallbackUrl,
      webhookUrl(functionsUrl, "sms-status"),
    ),
    setting("status_callback_method", webhook?.statusCallbackMethod, "POST"),
  ];
  // The webhook is sent whole, because Twilio does not say that it keeps the members that are left out.
  const whole = Object.fromEntries(settings.map(({ name, after }) => [name, after]));
  return targetOf({
    kind: "whatsapp",
    label,
    settings,
    warnings: [],
    steps: updateStep(
      `change the ${label}`,
      settings,
      () => channelsSenders(listed.sid).update(new SenderUpdate({ webhook: whole })),
    ),
  });
}
