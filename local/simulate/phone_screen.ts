/**
 * Prints what comes in on a recruit's phone: replies, and how their delivery goes on.
 *
 * @module
 */
import type { PhoneMessage } from "../twilio/phone.ts";
import { messagesOnPhone } from "./phone.ts";

/** How often the phone is looked at, in ms. */
const LOOK_INTERVAL_MS = 200;

const FINAL_STATUSES: PhoneMessage["status"][] = ["delivered", "undelivered", "canceled"];

/** The thread of a phone with one of our numbers. */
export class PhoneScreen {
  #phone: string;
  #number: string;
  /** What has been printed of each message, by SID. */
  #printed = new Map<string, string>();
  #skipped = new Set<string>();
  #messages: PhoneMessage[] = [];
  /** The reply that was printed last, by SID. */
  #lastReply: string | undefined;

  constructor(phone: string, number: string) {
    this.#phone = phone;
    this.#number = number;
  }

  /** Leaves out what was sent before. */
  async skipWhatIsThere(): Promise<void> {
    await this.#look();
    this.#skipped = new Set(this.#messages.map(({ sid }) => sid));
  }

  /**
   * Prints what is new, again and again, and never returns.
   *
   * @throws {Error} If the stand-in is gone.
   */
  async watch(): Promise<never> {
    while (true) {
      await this.#look();
      for (const message of this.#messages) this.#print(message);
      await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
    }
  }

  /**
   * Waits until a reply to a text has got to its end.
   *
   * @param sid The text's MessageSid.
   * @param maxWaitMs How long it may take, in ms.
   * @returns Whether there is one.
   */
  async untilAnswered(sid: string, maxWaitMs: number): Promise<boolean> {
    const deadline = Date.now() + maxWaitMs;
    while (Date.now() < deadline) {
      const position = this.#messages.findIndex((message) => message.sid === sid);
      const replies = position < 0 ? [] : this.#messages.slice(position).filter(isReply);
      if (replies.some((reply) => this.#isPrintedToItsEnd(reply))) return true;
      await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
    }
    return false;
  }

  #isPrintedToItsEnd(message: PhoneMessage): boolean {
    return FINAL_STATUSES.includes(message.status) &&
      this.#printed.get(message.sid) === stateOf(message);
  }

  async #look(): Promise<void> {
    // A Messaging Service's message has no sender before it is out.
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
    const isClear = this.#lastReply === message.sid;
    console.log(isClear ? `  ${state}` : `  ${state}: ${message.body.slice(0, 40)}`);
    this.#printed.set(message.sid, state);
  }
}

function isReply({ direction }: PhoneMessage): boolean {
  return direction !== "inbound";
}

function stateOf({ status, error_code }: PhoneMessage): string {
  return error_code === null ? status : `${status} ${error_code}`;
}
