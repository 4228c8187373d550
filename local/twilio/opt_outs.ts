/**
 * Who does not want texts from which of our numbers: Twilio keeps this list by itself, and
 * answers the keywords by itself.
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

/** A text of a recruit; OptOutType is there where Advanced Opt-Out has judged it. */
export interface HeardText {
  from: string;
  to: string;
  body: string;
  fields?: Record<string, string>;
}

/** The list of one account. */
export class OptOuts {
  /** The last word, by pairs of a recruit and a number of ours. */
  #last = new Map<string, { isStop: boolean; at: Date }>();
  /** Which service a number of ours was seen in; an opt-out holds for all of it. */
  #services = new Map<string, string>();

  /** Notes that a number of ours belongs to a Messaging Service. */
  noteService(number: string, messagingServiceSid: string): void {
    this.#services.set(bare(number), messagingServiceSid);
  }

  /** Tells whether a recruit has stopped texts from a number, or from the service it is in. */
  isStopped(recruit: string, number: string): boolean {
    return this.#pairs(recruit, number).some((pair) => this.#last.get(pair)?.isStop);
  }

  /**
   * Hears what a recruit texts. Of two words the later one counts, in whatever order they are heard.
   *
   * @param at When it was texted.
   * @returns What Twilio answers; nothing to an ordinary text.
   */
  hear(
    { from, to, body, fields: { OptOutType } = {} }: HeardText,
    at: Date,
  ): string | undefined {
    // On WhatsApp and Messenger Twilio leaves the keywords to whoever runs the number.
    if (!OptOutType && !/^(sms|rcs)$/.test(channelOf(from))) return undefined;
    const word = OptOutType ?? body.trim().toUpperCase();
    const wasStopped = this.isStopped(from, to);
    if (STOP.includes(word)) {
      this.#note({ from, to, isStop: true, at });
      return wasStopped ? undefined : REPLIES.stop;
    }
    if (START.includes(word)) {
      this.#note({ from, to, isStop: false, at });
      return word === "YES" && !wasStopped ? undefined : REPLIES.start;
    }
    return HELP.includes(word) ? REPLIES.help : undefined;
  }

  /** Tells which service a number of ours is in, as far as that has been seen. */
  serviceOf(number: string): string | undefined {
    return this.#services.get(bare(number));
  }

  #note({ from, to, isStop, at }: { from: string; to: string; isStop: boolean; at: Date }): void {
    for (const pair of this.#pairs(from, to)) {
      const last = this.#last.get(pair);
      if (!last || last.at <= at) this.#last.set(pair, { isStop, at });
    }
  }

  /** A recruit with each number that shares its opt-outs with a number. */
  #pairs(recruit: string, number: string): string[] {
    const service = this.serviceOf(number);
    const siblings = [...this.#services].filter(([, other]) => other === service)
      .map(([sibling]) => sibling);
    return [bare(number), ...siblings].map((sender) => `${bare(recruit)} ${sender}`);
  }
}

/** SMS and RCS have one list. */
function bare(address: string): string {
  return withoutChannel(address);
}
