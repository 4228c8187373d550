/**
 * Where a text or a call to one of the account's senders goes, by the sender's settings.
 *
 * @module
 */
import { channelOf } from "../address.ts";
import type { AccountResources } from "./account_resources.ts";
import { serviceOf } from "./service_phone_numbers.ts";

/**
 * Where a text goes.
 *
 * | kind    | when                                                                              |
 * | ------- | --------------------------------------------------------------------------------- |
 * | webhook | the sender has a webhook, or the account does not have the sender                  |
 * | log     | into the message log alone: no webhook is set, or a TwiML application takes texts |
 * | nowhere | not even into the log: the number's service has no URL, and does not defer to it   |
 */
export type TextRoute = { kind: "webhook"; urls: WebhookUrls } | { kind: "log" } | {
  kind: "nowhere";
};

/** A webhook, and the one that Twilio calls when it fails. */
export interface WebhookUrls {
  url: string;
  fallbackUrl: string | null;
}

/** Where a call goes: to the webhook of voice, and the status callback. */
export interface CallRoute {
  voice: WebhookUrls;
  statusCallback: string | null;
}

/** Returns the route of a text. @param defaultUrl The webhook of senders that the account does not have. */
export function textRouteOf(
  { numbers, services, senders }: Pick<AccountResources, "numbers" | "services" | "senders">,
  to: string,
  defaultUrl: string,
): TextRoute {
  if (channelOf(to) !== "sms") {
    const sender = senders.all.find(({ senderId }) => senderId === to);
    if (!sender) return { kind: "webhook", urls: { url: defaultUrl, fallbackUrl: null } };
    const { callback_url, fallback_url } = sender.webhook;
    return routeTo(callback_url, fallback_url, "log");
  }
  const number = numbers.all.find(({ phoneNumber }) => phoneNumber === to);
  if (!number) return { kind: "webhook", urls: { url: defaultUrl, fallbackUrl: null } };
  const service = serviceOf(number, services);
  if (service && !service.settings.use_inbound_webhook_on_number) {
    const { inbound_request_url, fallback_url } = service.settings;
    return routeTo(inbound_request_url, fallback_url, "nowhere");
  }
  const { sms_application_sid, sms_url, sms_fallback_url } = number.settings;
  return routeTo(sms_application_sid === null ? sms_url : null, sms_fallback_url, "log");
}

/**
 * Returns the route of a call; undefined if no webhook takes it.
 *
 * @param defaultUrl The webhook of numbers that the account does not have; undefined for none.
 */
export function callRouteOf(
  { numbers }: Pick<AccountResources, "numbers">,
  to: string,
  defaultUrl: string | undefined,
): CallRoute | undefined {
  const number = numbers.all.find(({ phoneNumber }) => phoneNumber === to);
  if (!number) {
    return defaultUrl === undefined
      ? undefined
      : { voice: { url: defaultUrl, fallbackUrl: null }, statusCallback: defaultUrl };
  }
  const { trunk_sid, voice_application_sid, voice_url, voice_fallback_url, status_callback } =
    number.settings;
  const isElsewhere = trunk_sid !== null || voice_application_sid !== null;
  if (isElsewhere || voice_url === null || !number.capabilities.voice) return undefined;
  return {
    voice: { url: voice_url, fallbackUrl: voice_fallback_url },
    statusCallback: status_callback,
  };
}

function routeTo(
  url: string | null,
  fallbackUrl: string | null,
  otherwise: "log" | "nowhere",
): TextRoute {
  return url === null ? { kind: otherwise } : { kind: "webhook", urls: { url, fallbackUrl } };
}
