/**
 * Reads a form, or a JSON object with a form's fields: the first row of the table in docs/twilio-events.md that fits.
 *
 * @module
 */
import { type InboundMessage, parseInboundMessage } from "../_shared/inbound/inbound_message.ts";
import { parseStatusCallback, type StatusCallback } from "../_shared/status/status_callback.ts";
import { type ChannelAddress, splitAddress } from "../_shared/twilio/channel_address.ts";
import type { Json } from "../_shared/webhook/map_texts.ts";
import type { TwilioForm } from "../_shared/webhook/twilio_form.ts";
import { hashOfForm, hashOfJson } from "./content_hash.ts";
import { levelIn, ourUrl, readDebuggerPayload } from "./debugger_event.ts";
import {
  type Cleaner,
  errorCodeIn,
  isSid,
  isStatus,
  type KeptEvent,
  phonesIn,
  sidIn,
  timeIn,
} from "./reported_event.ts";

/** What a form reports. */
export type FormEvent =
  /** A delivery callback; undefined if `sms-status` would ignore it. */
  | { kind: "status"; callback: StatusCallback | undefined }
  /** A text, and the error that sent it to the fallback URL. */
  | { kind: "text"; message: InboundMessage; error: KeptEvent | undefined }
  /** A call that waits for an answer, and the number that was called. */
  | { kind: "call"; called: ChannelAddress; event: KeptEvent }
  | { kind: "kept"; event: KeptEvent }
  | { kind: "empty" };

/**
 * Reads a form.
 *
 * @param form The fields, fit to be stored.
 * @param query The query of the URL that Twilio called.
 * @param cleaner Cleans what is kept.
 * @param json The JSON that the fields were read from, if it is JSON: it is kept in their place.
 */
export function readForm(
  form: TwilioForm,
  query: URLSearchParams,
  cleaner: Cleaner,
  json?: Json,
): FormEvent {
  if (Object.keys(form).length === 0) return { kind: "empty" };
  const { MessageSid, MessageStatus, ErrorUrl, Sid, Level, Payload } = form;
  const { CallSid, CallStatus, Direction, CallbackSource, RecordingSid, RecordingStatus, RoomSid } =
    form;
  /** What all kinds share. */
  const kept: Pick<KeptEvent, "phones" | "occurred_at" | "payload"> = {
    phones: phonesIn([form.From, form.To]),
    occurred_at: timeIn(form.Timestamp),
    payload: cleaner.cleanKept(json ?? form),
  };
  const keep = (event: Omit<KeptEvent, keyof typeof kept> & Partial<KeptEvent>): FormEvent => ({
    kind: "kept",
    event: { ...kept, ...event },
  });

  if (isSid(MessageSid) && isStatus(MessageStatus)) {
    return { kind: "status", callback: parseStatusCallback(form, query) };
  }
  const message = isSid(MessageSid) ? parseInboundMessage(form) : undefined;
  if (message) {
    const error: KeptEvent | undefined = typeof ErrorUrl === "string" && ErrorUrl !== ""
      ? {
        ...kept,
        id: `${message.messageSid}:fallback`,
        kind: "fallback",
        resource_sid: message.messageSid,
        level: "error",
        error_code: errorCodeIn(form.ErrorCode),
        url: ourUrl([ErrorUrl], cleaner),
      }
      : undefined;
    return { kind: "text", message, error };
  }
  if (isSid(Sid) && typeof Level === "string" && typeof Payload === "string") {
    const { payload, phones, ...report } = readDebuggerPayload(Payload, cleaner);
    return keep({
      id: Sid,
      kind: "debugger",
      level: levelIn(Level),
      ...report,
      phones: phonesIn([kept.phones, phones].flat()),
      payload: cleaner.cleanKept({ ...(json ?? form) as Record<string, Json>, Payload: payload }),
    });
  }
  if (isSid(RecordingSid) && isStatus(RecordingStatus)) {
    return keep({
      id: `${RecordingSid}:${RecordingStatus}`,
      kind: "recording",
      resource_sid: RecordingSid,
    });
  }
  if (isSid(CallSid) && Direction === "inbound" && CallStatus === "ringing" && !CallbackSource) {
    return {
      kind: "call",
      called: splitAddress(typeof form.To === "string" ? form.To : ""),
      event: { ...kept, id: `${CallSid}:call`, kind: "call", resource_sid: CallSid },
    };
  }
  if (isSid(CallSid) && isStatus(CallStatus)) {
    return keep({
      id: `${CallSid}:${CallStatus}`,
      kind: "call_status",
      resource_sid: CallSid,
    });
  }
  const id = json === undefined ? hashOfForm(form) : hashOfJson(kept.payload);
  if (isSid(RoomSid)) return keep({ id, kind: "video", resource_sid: RoomSid });
  return keep({ id, kind: "unknown", resource_sid: sidIn(Sid) });
}
