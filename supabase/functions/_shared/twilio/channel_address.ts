/**
 * Twilio's addresses: a phone number, or a channel's prefix with the channel's own id.
 *
 * @see https://www.twilio.com/docs/messaging/channels
 * @module
 */
import { Constants } from "../database/database.constants.ts";
import type { Enums } from "../database/database.types.ts";

/** The channels that conversations have. */
export const CHANNELS = Constants.public.Enums.recruiting_channel;

/** One of the channels. */
export type Channel = Enums<"recruiting_channel">;

/** An address without its channel's prefix. */
export interface ChannelAddress {
  channel: Channel;
  /** E.164 for phones on sms, whatsapp and rcs; any other address as Twilio writes it. */
  address: string;
}

/**
 * Splits an address as Twilio writes it, `whatsapp:+15550100001` or `+15550100001`.
 *
 * @returns The channel and the rest. Without a known prefix the channel is `sms` and the address the whole text.
 */
export function splitAddress(text: string): ChannelAddress {
  const colon = text.indexOf(":");
  const channel = CHANNELS.find((name) =>
    name !== "sms" && name === text.slice(0, Math.max(colon, 0))
  );
  return channel ? { channel, address: text.slice(colon + 1) } : { channel: "sms", address: text };
}

/** Joins an address as Twilio writes it. */
export function joinAddress({ channel, address }: ChannelAddress): string {
  return channel === "sms" ? address : `${channel}:${address}`;
}
