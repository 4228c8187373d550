/**
 * Calls of the stand-in for Twilio, which acts as the phone network.
 *
 * @module
 */
import type { TextDelivery } from "../../../../local/stand_ins/twilio/inbound_texts.ts";
import type { PhoneMessage } from "../../../../local/stand_ins/twilio/phone.ts";
import type { PhoneText } from "../../../../local/stand_ins/twilio/phone_text.ts";

/** A text was not delivered to the webhook. The message is the reason, for the visitor. */
export class NotDelivered extends Error {}

/** The phone's connection. */
export interface PhoneLine {
  /** Sends a text. @throws {NotDelivered} If the stand-in or the webhook refuses it. */
  send(text: PhoneText): Promise<void>;
  /**
   * Reads the phone's messages, oldest first.
   *
   * @throws {TypeError} If the stack cannot be reached.
   */
  messages(phone: string): Promise<PhoneMessage[]>;
}

/** Makes the connection to a stand-in at an address. */
export function openPhoneLine(twilioUrl: string): PhoneLine {
  return {
    async send(text) {
      const response = await fetch(`${twilioUrl}/phone/texts`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(text),
      }).catch(() => {
        throw new NotDelivered("The stack does not answer. Is it still running?");
      });
      const json = await response.json();
      if (!response.ok) throw new NotDelivered(json.message ?? `Answered ${response.status}`);
      const answer: TextDelivery = json;
      if (!answer.is_lost && answer.status !== 200) {
        throw new NotDelivered(`The webhook answered ${answer.status}`);
      }
    },
    async messages(phone) {
      const query = new URLSearchParams({ phone });
      return await (await fetch(`${twilioUrl}/phone/messages?${query}`)).json();
    },
  };
}
