/**
 * Calls of the local stand-in for Twilio: the recruit's phone, and Event Streams.
 *
 * @module
 */
import { noAnswer } from "../command_line/no_answer.ts";
import { portsFrom, twilioUrl } from "../settings/addresses.ts";
import type { EventStreamsState, Subscription } from "../stand_ins/twilio/event_streams.ts";
import type { TextDelivery } from "../stand_ins/twilio/inbound_texts.ts";
import type { CallCourse, PhoneCall } from "../stand_ins/twilio/calls.ts";
import type { PhoneMessage } from "../stand_ins/twilio/phone.ts";
import type { PhoneText } from "../stand_ins/twilio/phone_text.ts";

/**
 * Texts one of the platform's numbers.
 *
 * @returns The webhook's answer.
 * @throws {Error} If the stand-in or the webhook does not answer, or the text is invalid.
 */
export async function textFromPhone(text: PhoneText): Promise<TextDelivery> {
  return await call("/phone/texts", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(text),
  });
}

/**
 * Calls one of the platform's numbers.
 *
 * @returns The course of the call.
 * @throws {Error} If the stand-in or the webhook does not answer, or the call is invalid.
 */
export async function callFromPhone(made: PhoneCall): Promise<CallCourse> {
  return await call("/phone/calls", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(made),
  });
}

/**
 * Reads the messages on a phone.
 *
 * @param phone The phone's address, with the channel's prefix.
 * @returns The messages, oldest first.
 * @throws {Error} If the stand-in does not answer.
 */
export async function messagesOnPhone(phone: string): Promise<PhoneMessage[]> {
  return await call(`/phone/messages?${new URLSearchParams({ phone })}`);
}

/** Subscribes twilio-events to the account's events. @throws {Error} If the stand-in refuses. */
export async function subscribe(subscription: Subscription): Promise<void> {
  await call("/event-streams", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(subscription),
  });
}

/** Ends the subscription. @throws {Error} If the stand-in does not answer. */
export async function unsubscribe(): Promise<void> {
  await call("/event-streams", { method: "DELETE" });
}

/** Reads the state of Event Streams. @throws {Error} If the stand-in does not answer. */
export async function readStreams(): Promise<EventStreamsState> {
  return await call("/event-streams");
}

async function call<Result>(path: string, init?: RequestInit): Promise<Result> {
  const url = twilioUrl(portsFrom(Deno.env.get("PORT_BASE")));
  const response = await fetch(`${url}${path}`, init).catch((cause) => {
    throw new Error(noAnswer(url), { cause });
  });
  const text = await response.text();
  const body = text === "" ? undefined : JSON.parse(text);
  if (!response.ok) throw new Error(body.message);
  return body;
}
