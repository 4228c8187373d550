/**
 * The Messaging Services of the account, with the numbers of their sender pools.
 *
 * @module
 */
import type { Twilio } from "twilio";

/** The most pools that are read at the same time. */
const AT_ONCE = 5;

/** The most resources of a page. */
const PAGE_SIZE = 1000;

/** A number of a pool. */
export interface PooledNumber {
  /** `PN` and 32 hexadecimal digits. */
  sid: string;
  /** E.164. */
  phoneNumber: string;
}

/** A Messaging Service. */
export interface MessagingService {
  /** `MG` and 32 hexadecimal digits. */
  sid: string;
  inboundRequestUrl: string;
  /** Whether the webhook of a number gets its texts, and not the service's. */
  useInboundWebhookOnNumber: boolean;
  numbers: PooledNumber[];
}

/**
 * Reads all services. A number says nothing about its service, so the pools are the only place to look.
 *
 * @see https://www.twilio.com/docs/messaging/api/phonenumber-resource
 */
export async function messagingServices(twilio: Twilio): Promise<MessagingService[]> {
  const listed = await twilio.messaging.v1.services.list({ pageSize: PAGE_SIZE });
  const services: MessagingService[] = [];
  for (let first = 0; first < listed.length; first += AT_ONCE) {
    const some = listed.slice(first, first + AT_ONCE);
    services.push(
      ...await Promise.all(some.map(async (service) => ({
        sid: service.sid,
        inboundRequestUrl: service.inboundRequestUrl,
        useInboundWebhookOnNumber: service.useInboundWebhookOnNumber,
        numbers: await poolOf(twilio, service.sid),
      }))),
    );
  }
  return services;
}

/** Returns the service that has a number in its pool. A number is in one pool at most. */
export function serviceOf(
  numberSid: string,
  services: MessagingService[],
): MessagingService | undefined {
  return services.find(({ numbers }) => numbers.some(({ sid }) => sid === numberSid));
}

/** Reads the numbers of a service's pool. */
export async function poolOf(twilio: Twilio, serviceSid: string): Promise<PooledNumber[]> {
  const numbers = await twilio.messaging.v1.services(serviceSid).phoneNumbers
    .list({ pageSize: PAGE_SIZE });
  return numbers.map(({ sid, phoneNumber }) => ({ sid, phoneNumber }));
}
