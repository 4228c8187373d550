/**
 * Who does not want texts from which of our numbers: Twilio keeps this list by itself, and
 * answers the keywords by itself.
 *
 * @see https://help.twilio.com/articles/223134027
 * @module
 */
import { splitAddress } from "../../supabase/functions/_shared/channel_address.ts";

const STOP = ["STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"];
const START = ["START", "UNSTOP", "YES"];
const HELP = ["HELP", "INFO"];

const REPLIES = {
  stop: "You will get no more messages from this number. Text START to get them again.",
  start: "You will get messages from this number again. Text STOP to end them, HELP for help.",
  help: "Text STOP to get no more messages. Message and data rates may apply.",
};

/** The list of one account. */
export class OptOuts {
  /** Pairs of a recruit and a number of ours. */
  #stopped = new Set<string>();
  /** Which service a number of ours was seen in; an opt-out holds for all of it. */
  #services = new Map<string, string>();

  /** Notes that a number of ours belongs to a Messaging Service. */
  noteService(number: string, messagingServiceSid: string): void {
    this.#services.set(bare(number), messagingServiceSid);
  }

  /** Tells whether a recruit has stopped texts from a number, or from the service it is in. */
  isStopped(recruit: string, number: string): boolean {
    return this.#pairs(recruit, number).some((pair) => this.#stopped.has(pair));
  }

  /**
   * Hears what a recruit texts.
   *
   * @returns What Twilio answers; nothing to an ordinary text.
   */
  hear({ from, to, body }: { from: string; to: string; body: string }): string | undefined {
    // On WhatsApp and Messenger Twilio leaves the keywords to whoever runs the number.
    if (!/^(sms|rcs)$/.test(splitAddress(from).channel)) return undefined;
    const word = body.trim().toUpperCase();
    const wasStopped = this.isStopped(from, to);
    const pairs = this.#pairs(from, to);
    if (STOP.includes(word)) {
      for (const pair of pairs) this.#stopped.add(pair);
      return wasStopped ? undefined : REPLIES.stop;
    }
    if (START.includes(word)) {
      for (const pair of pairs) this.#stopped.delete(pair);
      return word === "YES" && !wasStopped ? undefined : REPLIES.start;
    }
    return HELP.includes(word) ? REPLIES.help : undefined;
  }

  /** A recruit with each number that shares its opt-outs with a number. */
  #pairs(recruit: string, number: string): string[] {
    const service = this.#services.get(bare(number));
    const siblings = [...this.#services].filter(([, other]) => other === service)
      .map(([sibling]) => sibling);
    return [bare(number), ...siblings].map((sender) => `${bare(recruit)} ${sender}`);
  }
}

/** SMS and RCS have one list. */
function bare(address: string): string {
  return splitAddress(address).address;
}
