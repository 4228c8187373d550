/**
 * Twilio's addresses, read by code of the stand-in's own: it is there to check the product's.
 *
 * @see https://www.twilio.com/docs/messaging/channels
 * @module
 */

/** The channels that the stand-in serves, by the prefix of their addresses; SMS has none. */
export const CHANNELS = ["sms", "whatsapp", "rcs", "messenger"] as const;

/** One of the channels. */
export type TwilioChannel = typeof CHANNELS[number];

const PREFIX = /^(whatsapp|rcs|messenger):/;

/** The channel of an address such as `whatsapp:+15550100001`; `sms` without a known prefix. */
export function channelOf(address: string): TwilioChannel {
  const prefix = PREFIX.exec(address)?.[1];
  return CHANNELS.find((channel) => channel === prefix) ?? "sms";
}

/** An address without its channel's prefix. */
export function withoutChannel(address: string): string {
  return address.replace(PREFIX, "");
}

/** An address as Twilio writes it on a channel; the channel's prefix may be there already. */
export function onChannel(address: string, channel: TwilioChannel): string {
  return channel === "sms" || address.startsWith(`${channel}:`) ? address : `${channel}:${address}`;
}
