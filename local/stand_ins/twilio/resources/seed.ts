/**
 * The account's senders at the start: those of supabase/seed.sql, pointed at the functions the way
 * `deno task twilio configure` does it.
 *
 * The number is in a Messaging Service with a verified campaign, because carriers in the US ask for
 * one. The service leaves texts to the number's own webhook.
 *
 * @module
 */
import { webhookUrl } from "../../../project/webhook_urls.ts";
import type { AccountResources } from "./account_resources.ts";
import { newCampaign } from "./campaigns.ts";
import { newChannelSender } from "./channel_senders.ts";
import { newMessagingService } from "./messaging_services.ts";
import { newPhoneNumber } from "./phone_numbers.ts";
import { addToPool } from "./service_phone_numbers.ts";

const NUMBER = "+15550100000";
const WHATSAPP_SENDER = "whatsapp:+15550100009";

/** The end of the SIDs of the first resources, which are the same after each start. */
const FIRST = "0".repeat(32);

/** Adds the senders. @param functionsUrl The functions' base URL, without a slash at the end. */
export function seedSenders(
  { numbers, services, senders }: AccountResources,
  functionsUrl: string,
): void {
  const inbound = webhookUrl(functionsUrl, "sms-inbound");
  const status = webhookUrl(functionsUrl, "sms-status");
  const events = webhookUrl(functionsUrl, "twilio-events");

  const number = numbers.add({ ...newPhoneNumber(NUMBER), sid: `PN${FIRST}` });
  Object.assign(number.settings, {
    sms_url: inbound,
    sms_fallback_url: events,
    voice_url: events,
    voice_fallback_url: events,
    status_callback: events,
  });

  const service = services.add({ ...newMessagingService("Recruiting"), sid: `MG${FIRST}` });
  Object.assign(service.settings, {
    inbound_request_url: inbound,
    fallback_url: events,
    status_callback: status,
    use_inbound_webhook_on_number: true,
  });
  service.campaigns.add(newCampaign("VERIFIED"));
  addToPool(service, number, services);

  const sender = senders.add({
    ...newChannelSender(WHATSAPP_SENDER, "ONLINE"),
    sid: `XE${FIRST}`,
  });
  Object.assign(sender.webhook, {
    callback_url: inbound,
    fallback_url: events,
    status_callback_url: status,
  });
}
