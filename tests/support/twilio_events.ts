/**
 * What Twilio posts to twilio-events.
 *
 * @module
 */
import type postgres from "postgres";
import { getExpectedBodyHash, getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import { API_URL } from "./stack.ts";
import { ACCOUNT_SID, AUTH_TOKEN, newPhone, newSid } from "./twilio.ts";

/** A CloudEvent, as Event Streams posts it. */
export interface CloudEvent {
  specversion: string;
  type: string;
  source: string;
  id: string;
  time: string;
  data: Record<string, unknown>;
}

const MESSAGING = "com.twilio.messaging";

/** An event of any type. */
export function cloudEvent(
  type: string,
  data: Record<string, unknown>,
  fields: Partial<CloudEvent> = {},
): CloudEvent {
  return {
    specversion: "1.0",
    type,
    source: `/2010-04-01/Accounts/${ACCOUNT_SID}/x`,
    id: newSid("EZ"),
    time: new Date().toISOString(),
    data,
    ...fields,
  };
}

/** The event of a message's status, in Twilio's words. */
export function statusEvent(
  messageSid: string,
  status: string,
  data: Record<string, unknown> = {},
): CloudEvent {
  return cloudEvent(`${MESSAGING}.message.${status}`, {
    messageSid,
    timestamp: new Date().toISOString(),
    accountSid: ACCOUNT_SID,
    apiVersion: "2010-04-01",
    from: "+15550100000",
    to: newPhone(),
    messageStatus: status.toUpperCase(),
    ...data,
  });
}

/** The event of an inbound text. */
export function textEvent(data: Record<string, unknown> = {}): CloudEvent {
  return cloudEvent(`${MESSAGING}.inbound-message.received`, {
    messageSid: newSid(),
    timestamp: new Date().toISOString(),
    accountSid: ACCOUNT_SID,
    from: newPhone(),
    to: "+15550100000",
    body: "Hello",
    numMedia: 0,
    numSegments: 1,
    recipients: [],
    ...data,
  });
}

/** A payload of the debugger's: a URL of ours that failed for a recruit's text. */
export function debuggerPayload(
  code: string,
  { url = `${API_URL}/functions/v1/sms-inbound`, from = newPhone(), sid = newSid() } = {},
): Record<string, unknown> {
  return {
    resource_sid: sid,
    service_sid: null,
    error_code: code,
    more_info: { Msg: "Got HTTP 502 response", ErrorCode: code, url, LogLevel: "ERROR" },
    webhook: {
      type: "application/json",
      request: {
        url,
        method: "POST",
        headers: { "X-Secret": "quoted-header", Authorization: "Basic quoted-header" },
        parameters: { MessageSid: sid, From: from, To: "+15550100000", Body: "hello" },
      },
      response: { status_code: 502, headers: {}, body: "" },
    },
  };
}

/** The debugger's form. */
export function debuggerForm(
  payload: Record<string, unknown>,
  fields: Record<string, string> = {},
): Record<string, string> {
  return {
    Sid: newSid("NO"),
    AccountSid: ACCOUNT_SID,
    ParentAccountSid: "",
    Timestamp: "2026-01-02T03:04:05.000Z",
    Level: "ERROR",
    PayloadType: "application/json",
    Payload: JSON.stringify(payload),
    ...fields,
  };
}

/** How a post of JSON differs from an ordinary one. */
export interface JsonOptions {
  contentType?: string;
  token?: string;
  /** The query before bodySHA256, such as `?a=1`. */
  query?: string;
  /** The body whose hash is in the URL. */
  hashOf?: string;
  headers?: Record<string, string>;
  signedBase?: string;
}

/** A signed post of JSON as a request. */
export function jsonRequest(
  body: string,
  {
    contentType = "application/json",
    token = AUTH_TOKEN,
    query = "",
    hashOf = body,
    headers = {},
    signedBase = `${API_URL}/functions/v1`,
  }: JsonOptions = {},
): Request {
  const path = `/twilio-events${query}${query ? "&" : "?"}bodySHA256=${
    getExpectedBodyHash(hashOf)
  }`;
  return new Request(`${API_URL}/functions/v1${path}`, {
    method: "POST",
    headers: {
      "Content-Type": contentType,
      "X-Twilio-Signature": getExpectedTwilioSignature(token, signedBase + path, {}),
      ...headers,
    },
    body,
  });
}

/** Hands a request to a worker of the function. */
export function handTo(
  worker: { fetch(request: Request, path: string): Promise<Response> },
  request: Request,
): Promise<Response> {
  return worker.fetch(request, `/twilio-events${new URL(request.url).search}`);
}

/** Posts a value as JSON, and reads the answer. */
export async function postEvents(
  value: unknown,
  options?: JsonOptions,
): Promise<{ httpStatus: number; status: string }> {
  const body = typeof value === "string" ? value : JSON.stringify(value);
  const response = await fetch(jsonRequest(body, options));
  const { status } = await response.json();
  return { httpStatus: response.status, status };
}

/** A row of recruiting_twilio_events without its time of arrival; undefined if there is none. */
export async function keptEvent(sql: postgres.Sql, id: string): Promise<postgres.Row | undefined> {
  const [row] = await sql`select * from recruiting_twilio_events where id = ${id}`;
  if (!row) return undefined;
  const { received_at: _, ...kept } = row;
  return kept;
}
