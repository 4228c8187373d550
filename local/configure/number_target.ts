/**
 * The webhooks of a phone number.
 *
 * @see https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
 * @module
 */
import type { Twilio } from "twilio";
import { webhookUrl } from "../project/webhook_urls.ts";
import { shownAddress } from "../project/shown_address.ts";
import { type MessagingService, messagingServices, serviceOf } from "./messaging_services.ts";
import {
  MissingResource,
  type Setting,
  setting,
  type Target,
  targetOf,
  updateStep,
  type Warning,
} from "./settings.ts";

type Incoming = Awaited<ReturnType<Twilio["incomingPhoneNumbers"]["list"]>>[number];

/**
 * Reads a number. Its StatusCallback is for calls, because each message brings its own.
 *
 * @param number E.164.
 * @param functionsUrl The functions' public base URL, without a slash at the end.
 * @param services The account's services, if they have been read already.
 * @throws {MissingResource} If the account does not have the number.
 */
export async function numberTarget(
  twilio: Twilio,
  number: string,
  functionsUrl: string,
  services: Promise<MessagingService[]> = messagingServices(twilio),
): Promise<Target> {
  const [listed, all] = await Promise.all([
    twilio.incomingPhoneNumbers.list({ phoneNumber: number }),
    services,
  ]);
  // The filter also finds numbers that only contain the digits.
  const incoming = listed.find(({ phoneNumber }) => phoneNumber === number);
  const label = `number ${shownAddress(number)}`;
  if (!incoming) throw new MissingResource(`The account does not have the ${label}`);
  const settings = settingsOf(incoming, functionsUrl);
  return targetOf({
    kind: "number",
    label,
    settings,
    warnings: warningsOf(incoming, serviceOf(incoming.sid, all)),
    steps: updateStep(
      `change the ${label}`,
      settings,
      (values) => twilio.incomingPhoneNumbers(incoming.sid).update(optionsOf(values)),
    ),
  });
}

function settingsOf(incoming: Incoming, functionsUrl: string): Setting[] {
  const texts = webhookUrl(functionsUrl, "sms-inbound");
  const events = webhookUrl(functionsUrl, "twilio-events");
  const ofTexts = [
    setting("SmsUrl", incoming.smsUrl, texts),
    setting("SmsMethod", incoming.smsMethod, "POST"),
    setting("SmsFallbackUrl", incoming.smsFallbackUrl, events),
    setting("SmsFallbackMethod", incoming.smsFallbackMethod, "POST"),
  ];
  if (!incoming.capabilities.voice) return ofTexts;
  return [
    ...ofTexts,
    setting("VoiceUrl", incoming.voiceUrl, events),
    setting("VoiceMethod", incoming.voiceMethod, "POST"),
    setting("VoiceFallbackUrl", incoming.voiceFallbackUrl, events),
    setting("VoiceFallbackMethod", incoming.voiceFallbackMethod, "POST"),
    setting("StatusCallback", incoming.statusCallback, events),
    setting("StatusCallbackMethod", incoming.statusCallbackMethod, "POST"),
  ];
}

/** The SDK spells the first letter of a parameter in lower case. */
function optionsOf(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name[0].toLowerCase() + name.slice(1), value]),
  );
}

function warningsOf(incoming: Incoming, service: MessagingService | undefined): Warning[] {
  const warnings: Warning[] = [];
  const { smsApplicationSid, voiceApplicationSid, trunkSid } = incoming;
  if (smsApplicationSid) {
    warnings.push({
      kind: "sms_application",
      message:
        `It has the SmsApplicationSid ${smsApplicationSid}: Twilio ignores SmsUrl and SmsFallbackUrl. Remove the application from the number, or set its URLs.`,
    });
  }
  if (incoming.capabilities.voice && voiceApplicationSid) {
    warnings.push({
      kind: "voice_application",
      message:
        `It has the VoiceApplicationSid ${voiceApplicationSid}: Twilio ignores VoiceUrl, VoiceFallbackUrl and StatusCallback. Remove the application from the number, or set its URLs.`,
    });
  }
  if (incoming.capabilities.voice && trunkSid) {
    warnings.push({
      kind: "trunk",
      message:
        `It has the TrunkSid ${trunkSid}: calls go to the trunk, and Twilio ignores VoiceUrl, VoiceFallbackUrl and the voice application.`,
    });
  }
  if (service && !service.useInboundWebhookOnNumber) {
    const others = service.numbers.filter(({ sid }) => sid !== incoming.sid)
      .map(({ phoneNumber }) => shownAddress(phoneNumber));
    const concerned = others.length === 0
      ? "which has no other number"
      : `which also changes ${others.length} other number${others.length === 1 ? "" : "s"}: ${
        others.join(", ")
      }`;
    warnings.push({
      kind: "number_in_service",
      serviceSid: service.sid,
      message:
        `It is in the service ${service.sid}, whose UseInboundWebhookOnNumber is false: Twilio ignores SmsUrl and SmsFallbackUrl. Use --service ${service.sid}, ${concerned}.`,
    });
  }
  return warnings;
}
