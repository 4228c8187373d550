/**
 * Twilio's addresses. The stand-in does not use the product's code for them, so that a mistake
 * there shows in the tests.
 *
 * @see https://www.twilio.com/docs/messaging/channels
 * @module
 */

/** The channels. Each is also the prefix of its addresses, except SMS, which has no prefix. */
export const CHANNELS = ["sms", "whatsapp", "rcs", "messenger"] as const;

/** A channel. */
export type TwilioChannel = typeof CHANNELS[number];

const PREFIX = /^(whatsapp|rcs|messenger):/;

/**
 * Returns the channel of an address such as `whatsapp:+15550100001`; `sms` without a known prefix.
 */
export function channelOf(address: string): TwilioChannel {
  const prefix = PREFIX.exec(address)?.[1];
  return CHANNELS.find((channel) => channel === prefix) ?? "sms";
}

/** Removes the channel's prefix from an address. */
export function withoutChannel(address: string): string {
  return address.replace(PREFIX, "");
}

/** Adds the channel's prefix to an address that does not have it. */
export function onChannel(address: string, channel: TwilioChannel): string {
  return channel === "sms" || address.startsWith(`${channel}:`) ? address : `${channel}:${address}`;
}
