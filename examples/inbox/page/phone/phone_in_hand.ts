/**
 * The recruit's phone that the visitor has chosen, and the platform's number that it texts.
 *
 * @module
 */
import {
  joinAddress,
  splitAddress,
} from "../../../../supabase/functions/_shared/twilio/channel_address.ts";
import type { DemoSettings, PhoneChannel, Recruit } from "../../settings.ts";

/** The entry of the recruits' list for a typed number. */
export const ANOTHER = "another";

/** The visitor's choices. */
export interface Choice {
  /** A recruit's phone as the settings have it, or ANOTHER. */
  chosen: string;
  typedNumber: string;
  channel: PhoneChannel;
}

/** The chosen phone on the chosen channel; undefined while a typed number is incomplete. */
export function phoneInHand(
  { chosen, typedNumber, channel }: Choice,
  { recruits, senders }: Pick<DemoSettings, "recruits" | "senders">,
): Recruit | undefined {
  const known = recruits.find(({ phone }) => phone === chosen);
  const address = known ? splitAddress(known.phone).address : typedAddress(typedNumber, channel);
  if (!address) return undefined;
  const phone = joinAddress({ channel, address });
  if (phone === known?.phone) return known;
  return { name: known?.name ?? "", phone, to: senders[channel], about: known && NO_CONVERSATION };
}

/** The channel of a known recruit's conversation. */
export function channelOf(phone: string): PhoneChannel {
  return splitAddress(phone).channel === "whatsapp" ? "whatsapp" : "sms";
}

const NO_CONVERSATION =
  "There is no conversation with this recruit here: a text on this channel is kept as unmatched.";

/**
 * Reads a typed number with its country code or, on WhatsApp, a user id such as
 * US.13491208655302741918.
 */
function typedAddress(typed: string, channel: PhoneChannel): string | undefined {
  const address = typed.replaceAll(/[\s()-]/g, "");
  if (channel === "whatsapp" && /^[A-Z]{2}\.[0-9A-Za-z]{1,64}$/.test(address)) return address;
  const phone = address.replaceAll(".", "");
  return /^\+[1-9]\d{6,14}$/.test(phone) ? phone : undefined;
}
