/**
 * Twilio's addresses: a phone number, or a channel's prefix and what the channel calls somebody.
 *
 * @see https://www.twilio.com/docs/messaging/channels
 * @module
 */

/** The channels that conversations have. */
export const CHANNELS = ["sms", "whatsapp", "rcs", "messenger"] as const;

/** One of the channels. */
export type Channel = typeof CHANNELS[number];

/** An address without its channel's prefix. */
export interface ChannelAddress {
  channel: Channel;
  /** E.164 for people on sms, whatsapp and rcs; otherwise whatever Twilio says. */
  address: string;
}

/**
 * Splits an address as Twilio writes it, `whatsapp:+15550100001` or `+15550100001`.
 *
 * @returns The channel and the rest; without a known prefix the channel is `sms` and the rest everything.
 */
export function splitAddress(text: string): ChannelAddress {
  const colon = text.indexOf(":");
  const channel = CHANNELS.find((name) =>
    name !== "sms" && name === text.slice(0, Math.max(colon, 0))
  );
  return channel ? { channel, address: text.slice(colon + 1) } : { channel: "sms", address: text };
}

/** Puts an address together again, the way Twilio writes it. */
export function joinAddress({ channel, address }: ChannelAddress): string {
  return channel === "sms" ? address : `${channel}:${address}`;
}
