/**
 * The forms of Twilio's voice webhooks.
 *
 * @see https://www.twilio.com/docs/voice/twiml#twilios-request-to-your-application
 * @module
 */
import { API_VERSION, asRfc2822 } from "./message_resource.ts";

/** A call from a recruit's phone to one of the platform's numbers. */
export interface InboundCall {
  /** CA and 32 hex digits. */
  callSid: string;
  /** The recruit's phone, E.164. */
  from: string;
  /** The platform's number, E.164. */
  to: string;
}

/** The end of a call. */
export interface CallEnd {
  /** `completed`, `busy`, `no-answer`, `canceled` or `failed`. */
  status: string;
  /** The time from the answer to the end, in seconds; 0 for a call that was not answered. */
  seconds: number;
  at: Date;
}

/** Makes the form by which Twilio asks what to do with a call. */
export function ringingForm(call: InboundCall, accountSid: string): Record<string, string> {
  return { ...callFields(call, accountSid), CallStatus: "ringing" };
}

/**
 * Makes the form of the status callback of a call that has ended.
 *
 * @see https://www.twilio.com/docs/voice/api/call-resource#statuscallback
 */
export function callStatusForm(
  call: InboundCall,
  { status, seconds, at }: CallEnd,
  accountSid: string,
): Record<string, string> {
  return {
    ...callFields(call, accountSid),
    CallStatus: status,
    Timestamp: asRfc2822(at),
    CallbackSource: "call-progress-events",
    SequenceNumber: "0",
    CallDuration: String(seconds),
    ...(status === "completed"
      ? { Duration: String(Math.ceil(seconds / 60)), SipResponseCode: "200" }
      : {}),
  };
}

function callFields({ callSid, from, to }: InboundCall, accountSid: string) {
  return {
    CallSid: callSid,
    AccountSid: accountSid,
    From: from,
    To: to,
    ApiVersion: API_VERSION,
    Direction: "inbound",
    Caller: from,
    Called: to,
    FromCountry: "US",
    ToCountry: "US",
    CallerCountry: "US",
    CalledCountry: "US",
  };
}
