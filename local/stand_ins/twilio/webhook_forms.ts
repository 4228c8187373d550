/**
 * The forms of Twilio's webhooks.
 *
 * @module
 */
import { channelOf } from "./address.ts";
import { API_VERSION } from "./message_resource.ts";
import type { Message } from "./message_log.ts";
import { segmentsOf } from "./segments.ts";

/** An inbound text. */
export interface InboundText {
  messageSid: string;
  from: string;
  to: string;
  body: string;
  media: { url: string; content_type: string }[];
  /** Further fields of the form, such as Latitude. */
  fields?: Record<string, string>;
  /** The Messaging Service of the platform's number. */
  messagingServiceSid?: string;
}

/**
 * Makes the form of an inbound text.
 *
 * @see https://www.twilio.com/docs/messaging/guides/webhook-request
 */
export function inboundForm(
  { messageSid, from, to, body, media, fields, messagingServiceSid }: InboundText,
  accountSid: string,
): Record<string, string> {
  return {
    // Twilio knows the country of a phone number from its carrier; the other channels have none.
    ...(channelOf(from) === "sms" ? { ToCountry: "US", FromCountry: "US" } : {}),
    SmsMessageSid: messageSid,
    SmsSid: messageSid,
    MessageSid: messageSid,
    AccountSid: accountSid,
    ...(messagingServiceSid ? { MessagingServiceSid: messagingServiceSid } : {}),
    SmsStatus: "received",
    NumSegments: String(segmentsOf({ body, media, to })),
    NumMedia: String(media.length),
    ...Object.fromEntries(media.flatMap(({ url, content_type }, index) => [
      [`MediaUrl${index}`, url],
      [`MediaContentType${index}`, content_type],
    ])),
    From: from,
    To: to,
    Body: body,
    ApiVersion: API_VERSION,
    ...fields,
  };
}

/** A message's new status. */
export interface StatusChange {
  messageSid: string;
  /** A MessageStatus of Twilio. */
  status: string;
  from: string;
  to: string;
  errorCode?: string;
  messagingServiceSid?: string;
  /** The time of the carrier's delivery report. */
  doneAt?: Date;
}

/**
 * Makes the form of a status callback.
 *
 * @see https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
 */
export function statusForm(
  { messageSid, status, from, to, errorCode, messagingServiceSid, doneAt }: StatusChange,
  accountSid: string,
): Record<string, string> {
  const channel = channelOf(to);
  return {
    MessageSid: messageSid,
    SmsSid: messageSid,
    MessageStatus: status,
    SmsStatus: status,
    AccountSid: accountSid,
    From: from,
    To: to,
    ApiVersion: API_VERSION,
    ...(messagingServiceSid ? { MessagingServiceSid: messagingServiceSid } : {}),
    ...(errorCode ? { ErrorCode: errorCode } : {}),
    ...(doneAt ? { RawDlrDoneDate: asCarrierTime(doneAt) } : {}),
    ...(channel === "sms" ? {} : { ChannelPrefix: channel }),
  };
}

/** The present status of a logged message. */
export function statusChangeOf(message: Message): StatusChange {
  const { sid, status, from, to, failure, messagingServiceSid, dateUpdated } = message;
  const isDone = status === "delivered" || status === "undelivered";
  return {
    messageSid: sid,
    status,
    from,
    to,
    errorCode: failure ? String(failure.code) : undefined,
    messagingServiceSid: messagingServiceSid ?? undefined,
    doneAt: isDone ? dateUpdated : undefined,
  };
}

/** Makes the form of a status callback with a logged message's present status. */
export function statusFormOf(message: Message, accountSid: string): Record<string, string> {
  return statusForm(statusChangeOf(message), accountSid);
}

/** Formats a time as a carrier does: YYMMDDhhmm. */
export function asCarrierTime(date: Date): string {
  return date.toISOString().replaceAll(/\D/g, "").slice(2, 12);
}
