/**
 * What the Twilio account has. Checks that run side by side share each answer.
 *
 * What `twilio configure` sets is read by its own readers, so that both agree on what is right.
 *
 * @module
 */
import type { ShortCodeInstance } from "twilio/lib/rest/api/v2010/account/shortCode.js";
import type { UsAppToPersonInstance } from "twilio/lib/rest/messaging/v1/service/usAppToPerson.js";
import type { ChannelsSenderInstance } from "twilio/lib/rest/messaging/v2/channelsSender.js";
import { failureOf } from "../../supabase/functions/_shared/twilio/twilio_api.ts";
import { type MessagingService, messagingServices } from "../configure/messaging_services.ts";
import { numberTarget } from "../configure/number_target.ts";
import { serviceTarget } from "../configure/service_target.ts";
import { MissingResource, type Target } from "../configure/settings.ts";
import { whatsappTarget } from "../configure/whatsapp_target.ts";
import { type Alerts, readAlerts } from "./alerts.ts";
import type { Examined } from "./check.ts";

/** The most resources of a page. */
const PAGE_SIZE = 1000;

/** The channels whose senders Twilio lists. */
export type ListedChannel = "whatsapp" | "rcs";

/** The readers. Each throws what Twilio's client throws, and returns undefined for what does not exist. */
export interface TwilioAccount {
  /** Reads the webhooks of a phone number (E.164). */
  number(address: string): Promise<Target | undefined>;
  /** Reads a short code. */
  shortCode(address: string): Promise<ShortCodeInstance | undefined>;
  /** Reads the webhooks of a WhatsApp sender (E.164). */
  whatsapp(address: string): Promise<Target | undefined>;
  /** Reads a sender of WhatsApp or RCS as the list has it. */
  channelSender(
    channel: ListedChannel,
    address: string,
  ): Promise<ChannelsSenderInstance | undefined>;
  /** Reads a sender whole: the list may leave members out. */
  wholeSender(sid: string): Promise<ChannelsSenderInstance>;
  /** Reads the webhooks of a Messaging Service. */
  service(sid: string): Promise<Target | undefined>;
  /** Finds the Messaging Service whose pool has a phone number. */
  serviceOf(address: string): Promise<MessagingService | undefined>;
  /** Lists the short codes, and the senders of other channels such as `whatsapp:+1…`, of a pool. */
  pooledShortCodes(serviceSid: string): Promise<string[] | undefined>;
  pooledSenders(serviceSid: string): Promise<string[] | undefined>;
  /** Lists the US campaigns (A2P 10DLC) of a service. */
  campaigns(serviceSid: string): Promise<UsAppToPersonInstance[]>;
  /** Reads the alerts of the last day. */
  alerts(): Promise<Alerts>;
}

const accounts = new WeakMap<Examined, TwilioAccount>();

/**
 * Opens the account of what is examined.
 *
 * @throws {CannotAsk} If the credentials are missing.
 */
export function twilioAccount(examined: Examined): TwilioAccount {
  const account = accounts.get(examined) ?? open(examined);
  accounts.set(examined, account);
  return account;
}

function open({ project, twilio: client }: Examined): TwilioAccount {
  const twilio = client();
  const { functionsUrl } = project;
  const { v1, v2 } = twilio.messaging;

  const services = once(() => messagingServices(twilio));
  const senders = perKey((channel) => v2.channelsSenders.list({ channel }));

  return {
    number: perKey((address) =>
      unlessMissing(numberTarget(twilio, address, functionsUrl, services()))
    ),
    shortCode: perKey(async (shortCode) => {
      const { shortCodes } = twilio.api.v2010.account;
      const listed = await unlessMissing(shortCodes.list({ shortCode })) ?? [];
      return listed.find((found) => found.shortCode === shortCode);
    }),
    whatsapp: perKey((address) => unlessMissing(whatsappTarget(twilio, address, functionsUrl))),
    async channelSender(channel, address) {
      const listed = await senders(channel);
      return listed.find(({ senderId }) => senderId === `${channel}:${address}`);
    },
    wholeSender: perKey((sid) => v2.channelsSenders(sid).fetch()),
    service: perKey((sid) => unlessMissing(serviceTarget(twilio, sid, functionsUrl))),
    async serviceOf(address) {
      const all = await services();
      return all.find(({ numbers }) => numbers.some(({ phoneNumber }) => phoneNumber === address));
    },
    pooledShortCodes: perKey(async (sid) => {
      const { shortCodes } = v1.services(sid);
      const pooled = await unlessMissing(shortCodes.list({ pageSize: PAGE_SIZE }));
      return pooled?.map(({ shortCode }) => shortCode);
    }),
    pooledSenders: perKey(async (sid) => {
      const { channelSenders } = v1.services(sid);
      const pooled = await unlessMissing(channelSenders.list({ pageSize: PAGE_SIZE }));
      return pooled?.map(({ sender }) => sender);
    }),
    campaigns: perKey((sid) => v1.services(sid).usAppToPerson.list()),
    alerts: once(() => readAlerts(twilio, project)),
  };
}

/** Returns undefined in place of what the account does not have. */
async function unlessMissing<Found>(call: Promise<Found>): Promise<Found | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof MissingResource) return undefined;
    const failure = failureOf(error);
    if (failure.kind === "refused" && failure.httpStatus === 404) return undefined;
    throw error;
  }
}

/** Asks once for each key. */
function perKey<Found>(ask: (key: string) => Promise<Found>): (key: string) => Promise<Found> {
  const answers = new Map<string, Promise<Found>>();
  return (key) => {
    const answer = answers.get(key) ?? ask(key);
    answers.set(key, answer);
    return answer;
  };
}

function once<Found>(ask: () => Promise<Found>): () => Promise<Found> {
  let answer: Promise<Found> | undefined;
  return () => answer ??= ask();
}
