/**
 * The opt-outs that Twilio keeps: it blocks messages to a recruit after STOP, and replies to
 * keywords.
 *
 * @see https://help.twilio.com/articles/223134027
 * @module
 */
import { channelOf, withoutChannel } from "./address.ts";

const STOP = ["STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"];
const START = ["START", "UNSTOP", "YES"];
const HELP = ["HELP", "INFO"];

const REPLIES = {
  stop: "You will get no more messages from this number. Text START to get them again.",
  start: "You will get messages from this number again. Text STOP to end them, HELP for help.",
  help: "Text STOP to get no more messages. Message and data rates may apply.",
};

/** A text of a recruit. `fields.OptOutType` is the verdict of Advanced Opt-Out, if it is on. */
export interface ReceivedText {
  from: string;
  to: string;
  body: string;
  fields?: Record<string, string>;
}

/** The opt-outs of one account. */
export class OptOuts {
  /** The latest keyword, by pairs of a recruit and a number. */
  #last = new Map<string, { isStop: boolean; at: Date }>();
  /** The Messaging Service of each number. An opt-out is valid for all numbers of a service. */
  #services = new Map<string, string>();

  /** Records that a number belongs to a Messaging Service. */
  noteService(number: string, messagingServiceSid: string): void {
    this.#services.set(bare(number), messagingServiceSid);
  }

  /** Tests whether a recruit has opted out of a number, or of its Messaging Service. */
  isOptedOut(recruit: string, number: string): boolean {
    return this.#pairs(recruit, number).some((pair) => this.#last.get(pair)?.isStop);
  }

  /**
   * Acts on a text's keyword. The later one of two keywords counts, whatever the order of the
   * calls.
   *
   * @param at The time of the text.
   * @returns Twilio's reply to the keyword; undefined for an ordinary text.
   */
  receive(
    { from, to, body, fields: { OptOutType } = {} }: ReceivedText,
    at: Date,
  ): string | undefined {
    // On WhatsApp and Messenger Twilio leaves keywords to the platform.
    if (!OptOutType && !/^(sms|rcs)$/.test(channelOf(from))) return undefined;
    const word = OptOutType ?? body.trim().toUpperCase();
    const wasOptedOut = this.isOptedOut(from, to);
    if (STOP.includes(word)) {
      this.#note({ from, to, isStop: true, at });
      return wasOptedOut ? undefined : REPLIES.stop;
    }
    if (START.includes(word)) {
      this.#note({ from, to, isStop: false, at });
      return word === "YES" && !wasOptedOut ? undefined : REPLIES.start;
    }
    return HELP.includes(word) ? REPLIES.help : undefined;
  }

  /** The Messaging Service of a number; undefined until noteService() has recorded it. */
  serviceOf(number: string): string | undefined {
    return this.#services.get(bare(number));
  }

  #note({ from, to, isStop, at }: { from: string; to: string; isStop: boolean; at: Date }): void {
    for (const pair of this.#pairs(from, to)) {
      const last = this.#last.get(pair);
      if (!last || last.at <= at) this.#last.set(pair, { isStop, at });
    }
  }

  /** The recruit paired with the number, and with each other number of its Messaging Service. */
  #pairs(recruit: string, number: string): string[] {
    const service = this.serviceOf(number);
    const siblings = [...this.#services].filter(([, other]) => other === service)
      .map(([sibling]) => sibling);
    return [bare(number), ...siblings].map((each) => `${bare(recruit)} ${each}`);
  }
}

/** The key of an address: SMS and RCS share their opt-outs. */
function bare(address: string): string {
  return withoutChannel(address);
}
