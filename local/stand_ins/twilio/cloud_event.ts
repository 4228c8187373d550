/**
 * The events of Twilio's Event Streams. They name the same facts as the webhooks' forms in another
 * way: camelCase, statuses in capitals, numbers as numbers, and no addresses of media.
 *
 * @see https://www.twilio.com/docs/events/event-types
 * @module
 */
import { createHash } from "node:crypto";
import { channelOf } from "./address.ts";
import { API_VERSION, messagesPath } from "./message_resource.ts";
import { segmentsOf } from "./segments.ts";
import { asCarrierTime, type InboundText, type StatusChange } from "./webhook_forms.ts";

/** A CloudEvent. @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md */
export interface CloudEvent {
  specversion: "1.0";
  /** The type, such as `com.twilio.messaging.message.sent`. */
  type: string;
  source: string;
  /** The id. Every repeat of an event has the same. */
  id: string;
  dataschema: string;
  datacontenttype: "application/json";
  /** ISO 8601, UTC. */
  time: string;
  data: Record<string, unknown>;
}

/** The statuses of messages that Event Streams knows, as the forms spell them. */
export const EVENT_STATUSES = [
  "queued",
  "sent",
  "delivered",
  "undelivered",
  "failed",
  "read",
] as const;

export const INBOUND_TYPE = "com.twilio.messaging.inbound-message.received";
export const ERROR_TYPE = "com.twilio.error-logs.error.logged";
export const TEST_TYPE = "com.twilio.eventstreams.test-event";

/** The type of a status's event. */
export function statusType(status: string): string {
  return `com.twilio.messaging.message.${status}`;
}

/** Every type that the stand-in has events of. */
export const EVENT_TYPES = [...EVENT_STATUSES.map(statusType), INBOUND_TYPE, ERROR_TYPE];

/** A status change as an event. */
export interface StatusEvent extends StatusChange {
  status: typeof EVENT_STATUSES[number];
  body?: string;
  numSegments?: number;
  /** The URL that gets the status callbacks, whole. */
  statusCallback?: string;
}

/** Makes the event of a message's new status. @param at The time of the change. */
export function statusEvent(change: StatusEvent, accountSid: string, at: Date): CloudEvent {
  const { messageSid, status, from, to, errorCode, messagingServiceSid, doneAt } = change;
  const type = statusType(status);
  return envelope({
    type,
    source: `${messagesPath(accountSid, messageSid)}.json`,
    id: eventId("EZ", messageSid, status),
    dataschema: "Messaging.MessageStatus/8",
    at,
    data: {
      messageSid,
      timestamp: at.toISOString(),
      accountSid,
      eventName: type,
      apiVersion: API_VERSION,
      from,
      to,
      messageStatus: status.toUpperCase(),
      ...(messagingServiceSid ? { messagingServiceSid } : {}),
      ...(errorCode ? { errorCode: Number(errorCode) } : {}),
      ...(change.body === undefined ? {} : { body: change.body }),
      ...(change.statusCallback ? { statusCallBackUrl: change.statusCallback } : {}),
      ...(change.numSegments === undefined ? {} : { numberOfSegments: change.numSegments }),
      ...(doneAt ? { rawDlrDoneDate: asCarrierTime(doneAt) } : {}),
    },
  });
}

/** Makes the event of an inbound text. @param at The time when Twilio received it. */
export function inboundEvent(
  { messageSid, from, to, body, media, fields = {}, messagingServiceSid }: InboundText,
  accountSid: string,
  at: Date,
): CloudEvent {
  return envelope({
    type: INBOUND_TYPE,
    source: `${messagesPath(accountSid, messageSid)}.json`,
    id: eventId("EZ", messageSid, "received"),
    dataschema: "Messaging.InboundMessageV1/6",
    at,
    data: {
      messageSid,
      timestamp: at.toISOString(),
      accountSid,
      eventName: INBOUND_TYPE,
      from,
      to,
      body,
      ...(channelOf(from) === "sms" ? { toCountry: "US", fromCountry: "US" } : {}),
      ...(messagingServiceSid ? { messagingServiceSid } : {}),
      ...(fields.OptOutType ? { optOutType: fields.OptOutType } : {}),
      numMedia: media.length,
      numSegments: segmentsOf({ body, media, to }),
      recipients: [],
    },
  });
}

/** An error or a warning in Twilio's error log. */
export interface LoggedError {
  /** NO and 32 hex digits. */
  sid: string;
  level: "ERROR" | "WARNING" | "INFO";
  /** Twilio's code, such as 11200. */
  errorCode: string;
  /** The SID of the message or call; null if the error is about none. */
  resourceSid: string | null;
  productName: string;
  /** The payload of the debugger's webhook, as JSON. */
  payload: string;
}

/** Makes the event of an entry in the error log. Its id is the entry's SID. */
export function errorEvent(error: LoggedError, accountSid: string, at: Date): CloudEvent {
  return envelope({
    type: ERROR_TYPE,
    source: `/${API_VERSION}/Accounts/${accountSid}/Notifications/${error.sid}`,
    id: error.sid,
    dataschema: "ErrorLogs.Error/2",
    at,
    data: {
      sid: error.sid,
      account_sid: accountSid,
      date_created: at.toISOString(),
      level: error.level,
      ...(error.resourceSid ? { correlation_sid: error.resourceSid } : {}),
      product_name: error.productName,
      error_code: error.errorCode,
      payload: error.payload,
    },
  });
}

/** Makes the event by which a sink is tested. */
export function testEvent(accountSid: string, at: Date): CloudEvent {
  return envelope({
    type: TEST_TYPE,
    source: `/v1/Sinks/${eventId("DG", accountSid, "sink")}`,
    id: accountSid,
    dataschema: "EventStreams.TestSink/1.json",
    at,
    data: { test_id: crypto.randomUUID() },
  });
}

function envelope(
  { dataschema, at, ...event }:
    & Pick<CloudEvent, "type" | "source" | "id" | "dataschema" | "data">
    & { at: Date },
): CloudEvent {
  return {
    specversion: "1.0",
    ...event,
    dataschema: `https://events-schemas.twilio.com/${dataschema}`,
    datacontenttype: "application/json",
    time: at.toISOString(),
  };
}

/** The id of what happened to a resource, the same each time: a prefix and 32 hex digits. */
function eventId(prefix: string, sid: string, happening: string): string {
  return prefix + createHash("md5").update(`${sid} ${happening}`).digest("hex");
}
