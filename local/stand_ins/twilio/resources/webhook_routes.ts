/**
 * Where a text or a call to one of the account's senders goes, by the sender's settings.
 *
 * @module
 */
import { channelOf } from "../address.ts";
import type { WebhookMethod } from "../webhook.ts";
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
  first: CalledUrl;
  fallback: CalledUrl | null;
}

/** A URL, and how Twilio calls it. */
export interface CalledUrl {
  url: string;
  method?: WebhookMethod;
}

/** Where a call goes: to the webhook of voice, and the status callback. */
export interface CallRoute {
  voice: WebhookUrls;
  statusCallback: CalledUrl | null;
}

/** Returns the route of a text. @param defaultUrl The webhook of senders that the account does not have. */
export function textRouteOf(
  { numbers, services, senders }: Pick<AccountResources, "numbers" | "services" | "senders">,
  to: string,
  defaultUrl: string,
): TextRoute {
  if (channelOf(to) !== "sms") {
    const sender = senders.all.find(({ senderId }) => senderId === to);
    if (!sender) return { kind: "webhook", urls: only(defaultUrl) };
    const { webhook } = sender;
    return routeTo(
      called(webhook.callback_url, webhook.callback_method),
      called(webhook.fallback_url, webhook.fallback_method),
      "log",
    );
  }
  const number = numbers.all.find(({ phoneNumber }) => phoneNumber === to);
  if (!number) return { kind: "webhook", urls: only(defaultUrl) };
  const service = serviceOf(number, services);
  if (service && !service.settings.use_inbound_webhook_on_number) {
    const { settings } = service;
    return routeTo(
      called(settings.inbound_request_url, settings.inbound_method),
      called(settings.fallback_url, settings.fallback_method),
      "nowhere",
    );
  }
  const { settings } = number;
  const isElsewhere = settings.sms_application_sid !== null;
  return routeTo(
    isElsewhere ? null : called(settings.sms_url, settings.sms_method),
    called(settings.sms_fallback_url, settings.sms_fallback_method),
    "log",
  );
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
    if (defaultUrl === undefined) return undefined;
    return { voice: only(defaultUrl), statusCallback: { url: defaultUrl } };
  }
  const { settings, capabilities } = number;
  const isElsewhere = settings.trunk_sid !== null || settings.voice_application_sid !== null;
  const first = called(settings.voice_url, settings.voice_method);
  if (isElsewhere || !capabilities.voice || !first) return undefined;
  return {
    voice: {
      first,
      fallback: called(settings.voice_fallback_url, settings.voice_fallback_method),
    },
    statusCallback: called(settings.status_callback, settings.status_callback_method),
  };
}

function only(url: string): WebhookUrls {
  return { first: { url }, fallback: null };
}

function called(url: string | null, method: WebhookMethod): CalledUrl | null {
  return url === null ? null : { url, method };
}

function routeTo(
  first: CalledUrl | null,
  fallback: CalledUrl | null,
  otherwise: "log" | "nowhere",
): TextRoute {
  return first === null ? { kind: otherwise } : { kind: "webhook", urls: { first, fallback } };
}
