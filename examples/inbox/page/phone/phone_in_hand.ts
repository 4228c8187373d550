/**
 * Whose phone is in hand, and which of the platform's numbers it texts.
 *
 * @module
 */
import {
  joinAddress,
  splitAddress,
} from "../../../../supabase/functions/_shared/twilio/channel_address.ts";
import type { DemoSettings, PhoneChannel, Recruit } from "../../settings.ts";

/** In the list of recruits. */
export const ANOTHER = "another";

/** What has been chosen on the page. */
export interface Choice {
  /** A recruit's phone as the settings have it, or ANOTHER. */
  chosen: string;
  typedNumber: string;
  channel: PhoneChannel;
}

/** The phone on the chosen channel; none while its number is not complete. */
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

/** Which channel a known recruit's conversation is on. */
export function channelOf(phone: string): PhoneChannel {
  return splitAddress(phone).channel === "whatsapp" ? "whatsapp" : "sms";
}

const NO_CONVERSATION =
  "There is no conversation with this recruit here: you see what happens to a stranger’s text.";

/** A number with its country code, or on WhatsApp an id that is no number. */
function typedAddress(typed: string, channel: PhoneChannel): string | undefined {
  const address = typed.replaceAll(/[\s()-]/g, "");
  if (channel === "whatsapp" && /^[A-Z]{2}\.[0-9A-Za-z]{1,64}$/.test(address)) return address;
  const phone = address.replaceAll(".", "");
  return /^\+[1-9]\d{6,14}$/.test(phone) ? phone : undefined;
}
