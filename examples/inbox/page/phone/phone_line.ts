/**
 * The recruit's line to the stand-in for Twilio, which takes the part of the phone network.
 *
 * @module
 */
import type { PhoneMessage, TextDelivery } from "../../../../local/twilio/phone.ts";
import type { PhoneText } from "../../../../local/twilio/phone_text.ts";

/** A text that has not reached the webhook, in words for whoever sent it. */
export class NotTaken extends Error {}

/** What a phone does. */
export interface PhoneLine {
  /** Sends a text. @throws {NotTaken} If it was not taken. */
  send(text: PhoneText): Promise<void>;
  /** The phone's messages, oldest first. @throws {TypeError} If the stack is away. */
  messages(phone: string): Promise<PhoneMessage[]>;
}

/** Opens the line. */
export function openPhoneLine(twilioUrl: string): PhoneLine {
  return {
    async send(text) {
      const response = await fetch(`${twilioUrl}/phone/texts`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(text),
      }).catch(() => {
        throw new NotTaken("The stack does not answer. Is it still running?");
      });
      const json = await response.json();
      if (!response.ok) throw new NotTaken(json.message ?? `Answered ${response.status}`);
      const answer: TextDelivery = json;
      if (!answer.is_lost && answer.status !== 200) {
        throw new NotTaken(`The webhook answered ${answer.status}`);
      }
    },
    async messages(phone) {
      const query = new URLSearchParams({ phone });
      return await (await fetch(`${twilioUrl}/phone/messages?${query}`)).json();
    },
  };
}
