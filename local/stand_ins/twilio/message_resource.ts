/**
 * The Message resource of Twilio's API.
 *
 * @see https://www.twilio.com/docs/messaging/api/message-resource
 * @module
 */
import type { Message } from "./message_log.ts";

export const API_VERSION = "2010-04-01";

/** The path of an account's messages, or of one message. */
export function messagesPath(accountSid: string, sid?: string): string {
  return `/${API_VERSION}/Accounts/${accountSid}/Messages${sid === undefined ? "" : `/${sid}`}`;
}

/** Makes a message's resource. */
export function messageResource(message: Message, accountSid: string) {
  const path = messagesPath(accountSid, message.sid);
  return {
    account_sid: accountSid,
    api_version: API_VERSION,
    body: message.body,
    date_created: asRfc2822(message.dateCreated),
    date_sent: message.dateSent && asRfc2822(message.dateSent),
    date_updated: asRfc2822(message.dateUpdated),
    direction: message.direction,
    error_code: message.failure?.code ?? null,
    error_message: message.failure?.message ?? null,
    from: visibleFrom(message),
    messaging_service_sid: message.messagingServiceSid,
    num_media: String(message.media.length),
    num_segments: String(message.numSegments),
    price: null,
    price_unit: "USD",
    sid: message.sid,
    status: message.status,
    subresource_uris: { media: `${path}/Media.json` },
    to: message.to,
    uri: `${path}.json`,
  };
}

/** The From address that the API returns: null until a Messaging Service has sent the message. */
export function visibleFrom(message: Message): string | null {
  return message.messagingServiceSid && !message.dateSent ? null : message.from;
}

/** Formats a time as in `Fri, 24 May 2019 17:44:46 +0000`, in whole seconds. */
export function asRfc2822(date: Date): string {
  return date.toUTCString().replace("GMT", "+0000");
}
