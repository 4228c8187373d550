/**
 * Reads the form that Twilio posts when the status of an outbound message changes.
 *
 * @see https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
 * @module
 */
import { z } from "zod/v3";
import { type Channel, CHANNELS, splitAddress } from "../twilio/channel_address.ts";
import { MessageSid } from "../twilio/sid.ts";
import type { TwilioForm } from "../webhook/twilio_form.ts";

/** One status callback. */
export interface StatusCallback {
  messageSid: string;
  /** The status in Twilio's words. */
  twilioStatus: string;
  channel: Channel;
  errorCode: string | undefined;
  errorMessage: string | undefined;
  /** The row that the callback's URL names: `recruiting_messages.id`. */
  messageId: string | undefined;
}

const Optional = z.string().min(1).optional().catch(undefined);

const StatusForm = z.object({
  MessageSid,
  MessageStatus: z.string().regex(/^[a-z_]{1,32}$/),
  From: Optional,
  To: Optional,
  ChannelPrefix: Optional,
  // Bounded like MessageSid: a signature also holds if the text of the next field is moved into this one.
  ErrorCode: z.string().regex(/^\d{1,6}$/).optional().catch(undefined),
  ErrorMessage: Optional,
});

const MessageId = z.string().uuid();

/**
 * Reads a form.
 *
 * @param form The signed form.
 * @param query The query of the callback's URL.
 * @returns The callback; undefined if MessageSid or MessageStatus is missing, given twice or out of bounds.
 */
export function parseStatusCallback(
  form: TwilioForm,
  query: URLSearchParams,
): StatusCallback | undefined {
  const { success, data } = StatusForm.safeParse(form);
  if (!success) return undefined;
  return {
    messageSid: data.MessageSid,
    twilioStatus: data.MessageStatus,
    channel: channelOf([data.From, data.To], data.ChannelPrefix),
    errorCode: data.ErrorCode,
    errorMessage: data.ErrorMessage,
    messageId: messageIdIn(query),
  };
}

/** The row that the query of a callback's URL names; undefined if it names none. */
export function messageIdIn(query: URLSearchParams): string | undefined {
  return MessageId.safeParse(query.get("message")).data;
}

/** The channel of the addresses. Twilio hides the addresses of some channels; then ChannelPrefix names it. */
export function channelOf(
  addresses: (string | undefined)[],
  prefix?: string,
): Channel {
  const channels = addresses.map((address) => splitAddress(address ?? "").channel);
  return channels.find((channel) => channel !== "sms") ??
    CHANNELS.find((channel) => channel === prefix) ?? "sms";
}
