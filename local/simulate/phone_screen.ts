/**
 * Prints the replies on a recruit's phone, with their delivery states.
 *
 * @module
 */
import type { PhoneMessage } from "../stand_ins/twilio/phone.ts";
import { messagesOnPhone } from "./stand_in.ts";

/** The interval between two reads of the phone, in ms. */
const READ_EVERY_MS = 200;

const FINAL_STATUSES: PhoneMessage["status"][] = ["delivered", "undelivered", "canceled"];

/** The thread of a phone with one of the platform's numbers. */
export class PhoneScreen {
  #phone: string;
  #number: string;
  /** The printed state of each message, by SID. */
  #printed = new Map<string, string>();
  #skipped = new Set<string>();
  #messages: PhoneMessage[] = [];
  /** The SID of the reply that was printed last. */
  #lastReply: string | undefined;

  constructor(phone: string, number: string) {
    this.#phone = phone;
    this.#number = number;
  }

  /** Excludes the messages up to now. */
  async skipEarlierMessages(): Promise<void> {
    await this.#read();
    this.#skipped = new Set(this.#messages.map(({ sid }) => sid));
  }

  /**
   * Prints new replies and states forever.
   *
   * @throws {Error} If the stand-in does not answer.
   */
  async watch(): Promise<never> {
    while (true) {
      await this.#read();
      for (const message of this.#messages) this.#print(message);
      await new Promise((resolve) => setTimeout(resolve, READ_EVERY_MS));
    }
  }

  /**
   * Waits until a reply to a text has reached a final state, and that state is printed.
   *
   * @param sid The text's MessageSid.
   * @param maxWaitMs The longest wait, in ms.
   * @returns Whether such a reply came in time.
   */
  async untilAnswered(sid: string, maxWaitMs: number): Promise<boolean> {
    const deadline = Date.now() + maxWaitMs;
    while (Date.now() < deadline) {
      const position = this.#messages.findIndex((message) => message.sid === sid);
      const replies = position < 0 ? [] : this.#messages.slice(position).filter(isReply);
      if (replies.some((reply) => this.#isFinalStatePrinted(reply))) return true;
      await new Promise((resolve) => setTimeout(resolve, READ_EVERY_MS));
    }
    return false;
  }

  #isFinalStatePrinted(message: PhoneMessage): boolean {
    return FINAL_STATUSES.includes(message.status) &&
      this.#printed.get(message.sid) === stateOf(message);
  }

  async #read(): Promise<void> {
    // A message of a Messaging Service has no From until Twilio has sent it.
    this.#messages = (await messagesOnPhone(this.#phone)).filter(({ sid, from, to }) =>
      !this.#skipped.has(sid) && (to === this.#number || from === this.#number || from === null)
    );
  }

  #print(message: PhoneMessage): void {
    const state = stateOf(message);
    const before = this.#printed.get(message.sid);
    if (!isReply(message) || before === state) return;
    if (before === undefined) {
      console.log(`< ${message.body}`);
      this.#lastReply = message.sid;
    }
    const followsItsText = this.#lastReply === message.sid;
    console.log(followsItsText ? `  ${state}` : `  ${state}: ${message.body.slice(0, 40)}`);
    this.#printed.set(message.sid, state);
  }
}

function isReply({ direction }: PhoneMessage): boolean {
  return direction !== "inbound";
}

function stateOf({ status, error_code }: PhoneMessage): string {
  return error_code === null ? status : `${status} ${error_code}`;
}
