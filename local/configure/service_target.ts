/**
 * The webhooks of a Messaging Service.
 *
 * @see https://www.twilio.com/docs/messaging/api/service-resource
 * @module
 */
import type { Twilio } from "twilio";
import { webhookUrl } from "../project/webhook_urls.ts";
import { shownAddress } from "../project/shown_address.ts";
import { poolOf } from "./messaging_services.ts";
import {
  MissingResource,
  setting,
  type Target,
  targetOf,
  updateStep,
  type Warning,
  wrongSettings,
} from "./settings.ts";

/**
 * Reads a service.
 *
 * @param serviceSid `MG` and 32 hexadecimal digits.
 * @param functionsUrl The functions' public base URL, without a slash at the end.
 * @throws {MissingResource} If the account does not have the service.
 */
export async function serviceTarget(
  twilio: Twilio,
  serviceSid: string,
  functionsUrl: string,
): Promise<Target> {
  const label = `service ${serviceSid}`;
  const context = twilio.messaging.v1.services(serviceSid);
  const service = await context.fetch().catch((error) => {
    if (error?.status !== 404) throw error;
    throw new MissingResource(`The account does not have the ${label}`, { cause: error });
  });
  const settings = [
    setting(
      "InboundRequestUrl",
      service.inboundRequestUrl,
      webhookUrl(functionsUrl, "sms-inbound"),
    ),
    setting("InboundMethod", service.inboundMethod, "POST"),
    setting("FallbackUrl", service.fallbackUrl, webhookUrl(functionsUrl, "twilio-events")),
    setting("FallbackMethod", service.fallbackMethod, "POST"),
    setting("StatusCallback", service.statusCallback, webhookUrl(functionsUrl, "sms-status")),
    setting("UseInboundWebhookOnNumber", service.useInboundWebhookOnNumber, "false"),
  ];
  const isRight = wrongSettings(settings).length === 0;
  return targetOf({
    kind: "service",
    label,
    settings,
    warnings: isRight ? [] : await sendersWarning(twilio, serviceSid),
    steps: updateStep(`change the ${label}`, settings, (values) =>
      context.update({
        inboundRequestUrl: values.InboundRequestUrl,
        inboundMethod: values.InboundMethod,
        fallbackUrl: values.FallbackUrl,
        fallbackMethod: values.FallbackMethod,
        statusCallback: values.StatusCallback,
        ...("UseInboundWebhookOnNumber" in values ? { useInboundWebhookOnNumber: false } : {}),
      })),
  });
}

async function sendersWarning(twilio: Twilio, serviceSid: string): Promise<Warning[]> {
  const numbers = await poolOf(twilio, serviceSid);
  if (numbers.length === 0) return [];
  const shown = numbers.map(({ phoneNumber }) => shownAddress(phoneNumber)).join(", ");
  return [{
    kind: "senders_of_service",
    serviceSid,
    message: `It decides for every number in its pool: ${shown}.`,
  }];
}
