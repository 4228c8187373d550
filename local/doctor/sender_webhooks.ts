/**
 * Where Twilio posts what concerns a sender: the settings that decide, whichever resource they belong to.
 *
 * @module
 */
import type { ShortCodeInstance } from "twilio/lib/rest/api/v2010/account/shortCode.js";
import type { MessagingV2ChannelsSenderWebhook } from "twilio/lib/rest/messaging/v2/channelsSender.js";
import { type Setting, setting, type Warning } from "../configure/settings.ts";
import type { Project } from "../project/project.ts";
import { shownAddress } from "../project/shown_address.ts";
import { webhookUrl } from "../project/webhook_urls.ts";
import type { Sender } from "./check.ts";
import { configureCommand } from "./configure_command.ts";
import type { TwilioAccount } from "./twilio_account.ts";

/** Some settings of one resource. */
export interface Webhooks {
  /** The resource, without a whole phone number. */
  owner: string;
  settings: Setting[];
  /** What makes them right: a command, or where to click. */
  mend: string;
}

/** Where Twilio posts what concerns a sender. */
export interface SenderWebhooks {
  /** Where the recruits' texts go. */
  inbound: Webhooks;
  /** Where they go when that fails. */
  fallback: Webhooks;
  /** Where statuses go of messages that name no callback of their own; undefined where nothing is to be set. */
  status: Webhooks | undefined;
  /** Where calls go; undefined without voice. */
  voice: Webhooks | undefined;
  /** What makes Twilio ignore the sender's own URLs. */
  ignored: Warning[];
}

/**
 * Finds the settings that decide for a sender. Of a number in a Messaging Service these are the service's,
 * unless the service defers to its numbers.
 *
 * @returns Undefined if the account does not have the sender, or Twilio has no API for its channel.
 */
export async function senderWebhooks(
  account: TwilioAccount,
  project: Project,
  { channel, address }: Sender,
): Promise<SenderWebhooks | undefined> {
  switch (channel) {
    case "sms":
      return isShortCode(address)
        ? await shortCodeWebhooks(account, project, address)
        : await numberWebhooks(account, project, address);
    case "whatsapp": {
      const target = await account.whatsapp(address);
      const mend = configureCommand(project, `--whatsapp ${placeholder(address)}`);
      return target && channelWebhooks(address, target.settings, `Run ${mend}`);
    }
    case "rcs": {
      const sender = await account.channelSender("rcs", address);
      const mend = "Enter it in Twilio's console, Messaging, Senders, RCS senders: " +
        webhookUrl(project.functionsUrl, "sms-inbound");
      return sender && channelWebhooks(address, rcsSettings(sender.webhook, project), mend);
    }
    case "messenger":
      return undefined;
  }
}

/** Tests for a short code, which has three to eight digits and no plus sign. */
export function isShortCode(address: string): boolean {
  return /^\d{3,8}$/.test(address);
}

async function numberWebhooks(
  account: TwilioAccount,
  project: Project,
  address: string,
): Promise<SenderWebhooks | undefined> {
  const [target, service] = await Promise.all([
    account.number(address),
    account.serviceOf(address),
  ]);
  if (target === undefined) return undefined;
  const number = (...names: string[]): Webhooks => ({
    owner: shownAddress(address),
    settings: pick(target.settings, names),
    mend: `Run ${configureCommand(project, `--number ${placeholder(address)}`)}`,
  });
  const ofService = service && await serviceWebhooks(account, project, service.sid, address);
  const ignored = target.warnings.filter(({ kind }) => kind !== "number_in_service");
  const voice = number(
    "VoiceUrl",
    "VoiceMethod",
    "VoiceFallbackUrl",
    "VoiceFallbackMethod",
    "StatusCallback",
    "StatusCallbackMethod",
  );
  return {
    ...ofService && !service.useInboundWebhookOnNumber ? ofService : {
      inbound: number("SmsUrl", "SmsMethod"),
      fallback: number("SmsFallbackUrl", "SmsFallbackMethod"),
    },
    status: ofService?.status,
    voice: voice.settings.length > 0 ? voice : undefined,
    ignored,
  };
}

async function serviceWebhooks(
  account: TwilioAccount,
  project: Project,
  sid: string,
  address: string,
): Promise<Pick<SenderWebhooks, "inbound" | "fallback" | "status"> | undefined> {
  const target = await account.service(sid);
  if (target === undefined) return undefined;
  const service = (...names: string[]): Webhooks => ({
    owner: `Service ${sid} of ${shownAddress(address)}`,
    settings: pick(target.settings, names),
    mend: `Run ${configureCommand(project, `--service ${sid}`)}`,
  });
  return {
    inbound: service("InboundRequestUrl", "InboundMethod"),
    fallback: service("FallbackUrl", "FallbackMethod"),
    status: service("StatusCallback"),
  };
}

/** A short code is set in the console only: `twilio configure` does not change it. */
async function shortCodeWebhooks(
  account: TwilioAccount,
  project: Project,
  address: string,
): Promise<SenderWebhooks | undefined> {
  const found = await account.shortCode(address);
  if (found === undefined) return undefined;
  const settings = shortCodeSettings(found, project);
  const own = (names: string[], url: string): Webhooks => ({
    owner: shownAddress(address),
    settings: pick(settings, names),
    mend: `Enter it in Twilio's console, Phone numbers, Short codes, with POST: ${url}`,
  });
  return {
    inbound: own(["SmsUrl", "SmsMethod"], webhookUrl(project.functionsUrl, "sms-inbound")),
    fallback: own(
      ["SmsFallbackUrl", "SmsFallbackMethod"],
      webhookUrl(project.functionsUrl, "twilio-events"),
    ),
    status: undefined,
    voice: undefined,
    ignored: [],
  };
}

function shortCodeSettings(found: ShortCodeInstance, { functionsUrl }: Project): Setting[] {
  return [
    setting("SmsUrl", found.smsUrl, webhookUrl(functionsUrl, "sms-inbound")),
    setting("SmsMethod", found.smsMethod, "POST"),
    setting("SmsFallbackUrl", found.smsFallbackUrl, webhookUrl(functionsUrl, "twilio-events")),
    setting("SmsFallbackMethod", found.smsFallbackMethod, "POST"),
  ];
}

function rcsSettings(
  webhook: MessagingV2ChannelsSenderWebhook | null | undefined,
  { functionsUrl }: Project,
): Setting[] {
  const events = webhookUrl(functionsUrl, "twilio-events");
  const statuses = webhookUrl(functionsUrl, "sms-status");
  return [
    setting("callback_url", webhook?.callbackUrl, webhookUrl(functionsUrl, "sms-inbound")),
    setting("callback_method", webhook?.callbackMethod, "POST"),
    setting("fallback_url", webhook?.fallbackUrl, events),
    setting("fallback_method", webhook?.fallbackMethod, "POST"),
    setting("status_callback_url", webhook?.statusCallbackUrl, statuses),
    setting("status_callback_method", webhook?.statusCallbackMethod, "POST"),
  ];
}

function channelWebhooks(address: string, settings: Setting[], mend: string): SenderWebhooks {
  const own = (...names: string[]): Webhooks => ({
    owner: shownAddress(address),
    settings: pick(settings, names),
    mend,
  });
  return {
    inbound: own("callback_url", "callback_method"),
    fallback: own("fallback_url", "fallback_method"),
    status: own("status_callback_url", "status_callback_method"),
    voice: undefined,
    ignored: [],
  };
}

function pick(settings: Setting[], names: string[]): Setting[] {
  return settings.filter(({ name }) => names.includes(name));
}

/** Stands for a number in a command: a whole one must not be printed. */
function placeholder(address: string): string {
  return `<the number that ends in ${address.slice(-4)}>`;
}
