/**
 * Reads what Event Streams posts: CloudEvents. Their data has other names than the forms: camelCase, a status in
 * capitals, an error code as a number, and no URLs of media.
 *
 * @see https://www.twilio.com/docs/events
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 * @module
 */
import { parseJson } from "../_shared/http/parse_json.ts";
import { parseInboundMessage } from "../_shared/inbound/inbound_message.ts";
import { judgeInbound } from "../_shared/opt_out/first_look.ts";
import { channelOf, messageIdIn } from "../_shared/status/status_callback.ts";
import { splitAddress } from "../_shared/twilio/channel_address.ts";
import type { Json } from "../_shared/webhook/map_texts.ts";
import type { TwilioForm } from "../_shared/webhook/twilio_form.ts";
import { withoutUserInfo } from "../_shared/webhook/url_password.ts";
import { hashOfJson } from "./content_hash.ts";
import { levelIn, member, readDebuggerPayload } from "./debugger_event.ts";
import {
  type Cleaner,
  errorCodeIn,
  isSid,
  isStatus,
  phonesIn,
  sidIn,
  type StatusEvent,
  type TextEvent,
  timeIn,
  type TwilioEvent,
} from "./twilio_event.ts";

/** The longest id that is used as it is, in UTF-16 units. Twilio's have 34 to 64. */
const MAX_ID_LENGTH = 255;

/** Whether JSON is a CloudEvent. */
export function isCloudEvent(json: Json): json is Record<string, Json> {
  return member(json, "specversion") !== undefined;
}

/**
 * Reads a CloudEvent.
 *
 * @param event The event, fit to be stored.
 * @param cleaner Says which URLs are ours.
 * @returns What the database receives; undefined for what is of no use to the platform: a test event, and what the
 *   debugger logs for information.
 */
export async function readCloudEvent(
  event: Record<string, Json>,
  cleaner: Cleaner,
): Promise<TwilioEvent | undefined> {
  const type = textOf(event.type);
  const data = dataOf(event, cleaner);
  if (type === "com.twilio.eventstreams.test-event") return undefined;
  if (type?.startsWith("com.twilio.messaging.message.")) {
    const status = readStatus(event, data);
    if (status) return status;
  }
  if (type === "com.twilio.messaging.inbound-message.received") {
    const text = await readText(event, data);
    if (text) return text;
  }
  if (type === "com.twilio.error-logs.error.logged") {
    if (textOf(member(data, "level"))?.toUpperCase() === "INFO") return undefined;
    return readError(event, data, cleaner);
  }
  const parameters = member(member(data, "request"), "parameters");
  return {
    step: "keep",
    kind: "event",
    ...sharedFields(event, data),
    resource_sid: ["sid", "messageSid", "callSid", "resource_sid", "verification_sid"]
      .map((name) => sidIn(member(data, name))).find((sid) => sid !== undefined) ??
      sidIn(member(parameters, "CallSid")),
    phones: phonesIn([
      ...["from", "to", "From", "To"].map((name) => member(data, name)),
      member(parameters, "From"),
      member(parameters, "To"),
    ]),
    payload: cleaner.cleanKept(event),
  };
}

/** The data of an event, which may be given as JSON text. Its escapes are cleaned only as JSON. */
function dataOf({ data }: Record<string, Json>, cleaner: Cleaner): Json | undefined {
  if (typeof data !== "string") return data;
  const json = parseJson(data);
  return json === undefined ? data : cleaner.clean(json);
}

/** The fields that every kind of event has. */
function sharedFields(event: Record<string, Json>, data: Json | undefined) {
  const id = textOf(event.id);
  return {
    id: id !== undefined && id !== "" && id.length <= MAX_ID_LENGTH ? id : hashOfJson(event),
    type: textOf(event.type),
    occurred_at: timeIn(member(data, "timestamp")) ?? timeIn(event.time),
  };
}

/** Reads a status; undefined if its SID or its status is out of bounds. */
function readStatus(event: Record<string, Json>, data: Json | undefined): StatusEvent | undefined {
  const messageSid = member(data, "messageSid");
  const messageStatus = member(data, "messageStatus");
  if (!isSid(messageSid) || !isStatus(messageStatus)) return undefined;
  const [from, to] = [textOf(member(data, "from")) ?? "", textOf(member(data, "to")) ?? ""];
  const callbackUrl = textOf(member(data, "statusCallBackUrl"));
  const statusCallBackUrl: Record<string, Json> = callbackUrl === undefined ? {} : {
    statusCallBackUrl: withoutUserInfo(callbackUrl),
  };
  const ours = splitAddress(from);
  return {
    step: "status",
    ...sharedFields(event, data),
    resource_sid: messageSid,
    message_sid: messageSid,
    twilio_status: messageStatus.toLowerCase(),
    error_code: errorCodeIn(member(data, "errorCode")),
    channel: channelOf([from, to]),
    message_id: messageIdIn(queryOf(callbackUrl ?? "")),
    recruit_phone: splitAddress(to).address,
    our_channel: ours.channel,
    our_address: ours.address,
    phones: phonesIn([from, to]),
    // As an object, because an erasure finds the phones of messages in its members.
    payload: { ...event, data: { ...data as Record<string, Json>, ...statusCallBackUrl } },
  };
}

/** Reads a text; undefined if its SID is out of bounds, or an address is missing. */
async function readText(
  event: Record<string, Json>,
  data: Json | undefined,
): Promise<TextEvent | undefined> {
  const message = parseInboundMessage(formOf(data));
  if (!message || !isSid(message.messageSid)) return undefined;
  const { verdict, source } = await judgeInbound(message);
  const ours = splitAddress(textOf(member(data, "to")) ?? "");
  return {
    step: "text",
    ...sharedFields(event, data),
    resource_sid: message.messageSid,
    message_sid: message.messageSid,
    channel: message.channel,
    recruit_phone: message.recruitPhone,
    twilio_phone: message.twilioPhone,
    body: message.body,
    num_media: message.numMedia,
    num_segments: message.numSegments,
    metadata: message.metadata && JSON.stringify(message.metadata),
    verdict,
    consent_source: source ?? undefined,
    our_channel: ours.channel,
    our_address: ours.address,
    phones: phonesIn([member(data, "from"), member(data, "to")]),
    payload: event,
  };
}

/** The fields of a text's form that an event has, by the form's name of each. */
const FORM_FIELDS = {
  MessageSid: "messageSid",
  From: "from",
  To: "to",
  Body: "body",
  OptOutType: "optOutType",
  NumMedia: "numMedia",
  NumSegments: "numSegments",
  ReferralCtwaClid: "referralCtwaClid",
};

/** The form that Twilio would post for the text of an event, without its media. */
function formOf(data: Json | undefined): TwilioForm {
  const form: TwilioForm = Object.create(null);
  for (const [name, key] of Object.entries(FORM_FIELDS)) {
    const value = member(data, key);
    if (typeof value === "string" || typeof value === "number") form[name] = String(value);
  }
  return form;
}

function readError(
  event: Record<string, Json>,
  data: Json | undefined,
  cleaner: Cleaner,
): TwilioEvent {
  const shared = sharedFields(event, data);
  const { payload, ...report } = readDebuggerPayload(member(data, "payload"), cleaner);
  return {
    step: "keep",
    kind: "debugger",
    ...shared,
    ...report,
    resource_sid: report.resource_sid ?? sidIn(member(data, "correlation_sid")),
    error_code: report.error_code ?? errorCodeIn(member(data, "error_code")),
    level: levelIn(member(data, "level")),
    occurred_at: timeIn(member(data, "date_created")) ?? shared.occurred_at,
    payload: cleaner.cleanKept({ ...event, data: { ...data as Record<string, Json>, payload } }),
  };
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function queryOf(url: string): URLSearchParams {
  return new URLSearchParams(/\?([^#]*)/.exec(url)?.[1] ?? "");
}
