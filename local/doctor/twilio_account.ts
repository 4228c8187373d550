/**
 * What the Twilio account has. Checks that run side by side share each answer.
 *
 * @module
 */
import type { IncomingPhoneNumberInstance } from "twilio/lib/rest/api/v2010/account/incomingPhoneNumber.js";
import type { ServiceInstance } from "twilio/lib/rest/messaging/v1/service.js";
import type { UsAppToPersonInstance } from "twilio/lib/rest/messaging/v1/service/usAppToPerson.js";
import type { ChannelsSenderInstance } from "twilio/lib/rest/messaging/v2/channelsSender.js";
import { failureOf } from "../../supabase/functions/_shared/twilio/twilio_api.ts";
import { type Alerts, readAlerts } from "./alerts.ts";
import type { Examined } from "./check.ts";

/** The most services, members of a pool, and senders of a channel that are read. */
const MAX_SERVICES = 100;
const MAX_POOL = 1000;
const MAX_SENDERS = 1000;

/** A Messaging Service with its pool. */
export interface PooledService {
  service: ServiceInstance;
  /** The phone numbers and short codes of its pool. */
  numbers: string[];
}

/** The readers. Each throws what Twilio's client throws. */
export interface TwilioAccount {
  /** Finds a phone number (E.164). Undefined if the account does not have it. */
  number(address: string): Promise<IncomingPhoneNumberInstance | undefined>;
  /** Tests whether the account has a short code. */
  hasShortCode(address: string): Promise<boolean>;
  /** Finds a sender of WhatsApp or RCS. Undefined if the account does not have it. */
  channelSender(
    channel: "whatsapp" | "rcs",
    address: string,
  ): Promise<ChannelsSenderInstance | undefined>;
  /** Reads a sender whole: a list may leave members out. */
  fullSender(sender: ChannelsSenderInstance): Promise<ChannelsSenderInstance>;
  /** Finds TWILIO_MESSAGING_SERVICE_SID. Undefined if it is not set, or no service of the account. */
  configuredService(): Promise<PooledService | undefined>;
  /** Finds the Messaging Service whose pool has a number. Undefined if it is in none. */
  serviceOf(address: string): Promise<PooledService | undefined>;
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
  const opened = accounts.get(examined) ?? open(examined);
  accounts.set(examined, opened);
  return opened;
}

function open({ project, twilio: clientOf }: Examined): TwilioAccount {
  const twilio = clientOf();
  const serviceSid = project.env.TWILIO_MESSAGING_SERVICE_SID?.trim() || undefined;

  const pooled = async (service: ServiceInstance): Promise<PooledService> => {
    const [numbers, shortCodes] = await Promise.all([
      service.phoneNumbers().list({ pageSize: MAX_POOL, limit: MAX_POOL }),
      service.shortCodes().list({ pageSize: MAX_POOL, limit: MAX_POOL }),
    ]);
    return {
      service,
      numbers: [
        ...numbers.map(({ phoneNumber }) => phoneNumber),
        ...shortCodes.map(({ shortCode }) => shortCode),
      ],
    };
  };
  const channelSenders = perKey((channel) =>
    twilio.messaging.v2.channelsSenders.list({ channel, limit: MAX_SENDERS })
  );
  const services = once(async () => {
    const listed = await twilio.messaging.v1.services.list({ limit: MAX_SERVICES });
    const all: PooledService[] = [];
    for (const service of listed) all.push(await pooled(service));
    return all;
  });
  const configuredService = once(async () => {
    if (serviceSid === undefined) return undefined;
    const service = await unlessMissing(twilio.messaging.v1.services(serviceSid).fetch());
    return service && await pooled(service);
  });

  return {
    number: perKey(async (address) => {
      const listed = await twilio.incomingPhoneNumbers.list({ phoneNumber: address, limit: 20 });
      return listed.find(({ phoneNumber }) => phoneNumber === address);
    }),
    hasShortCode: perKey(async (address) => {
      const listed = await twilio.api.v2010.account.shortCodes.list({
        shortCode: address,
        limit: 20,
      });
      return listed.some(({ shortCode }) => shortCode === address);
    }),
    async channelSender(channel, address) {
      const listed = await channelSenders(channel);
      return listed.find(({ senderId }) => senderId === `${channel}:${address}`);
    },
    async fullSender({ sid }) {
      return await twilio.messaging.v2.channelsSenders(sid).fetch();
    },
    configuredService,
    async serviceOf(address) {
      const configured = await configuredService();
      if (configured?.numbers.includes(address)) return configured;
      return (await services()).find(({ numbers }) => numbers.includes(address));
    },
    campaigns: perKey((sid) => twilio.messaging.v1.services(sid).usAppToPerson.list({ limit: 20 })),
    alerts: once(() => readAlerts(twilio, project)),
  };
}

/** Returns undefined in place of Twilio's 404. */
async function unlessMissing<Found>(call: Promise<Found>): Promise<Found | undefined> {
  try {
    return await call;
  } catch (error) {
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
