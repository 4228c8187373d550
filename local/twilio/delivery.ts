/**
 * What happens to a message after Twilio has accepted it: it goes through its states, and each
 * is told to the message's StatusCallback.
 *
 * Twilio's callbacks may be repeated and out of order. Here the SID's last hex digit decides, so
 * that it is the same for a message whoever looks: 0 to 3 repeats each callback, c to f tells
 * `delivered` (or `undelivered`) before `sent`.
 *
 * @see https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import type { TwilioAccount } from "./account.ts";
import type { Failure, Message, MessageLog, MessageStatus } from "./message_log.ts";
import { postToWebhook } from "./webhook.ts";
import { statusFormOf } from "./webhook_forms.ts";

/** How long a message takes to get into a state, in ms. */
const DELAYS_MS: Partial<Record<MessageStatus, number>> = {
  queued: 100,
  sent: 300,
  delivered: 700,
  undelivered: 700,
};

/** Scheduled messages are looked at this often, in ms: no timer runs for weeks. */
const SCHEDULE_STEP_MS = 60_000;

/** Delivers messages until it is stopped. */
export interface Delivery {
  /**
   * Takes a message on its way.
   *
   * @param failure Why it will not be delivered.
   * @param sendAt When it is to go out; at once, if absent.
   */
  begin(message: Message, failure?: Failure, sendAt?: Date): void;
  /** Tells a message's present state. */
  tell(message: Message): void;
  /** Ends everything that is on its way. */
  stop(): Promise<void>;
}

/** What deliveries need. */
export interface DeliveryOptions {
  account: TwilioAccount;
  log: MessageLog;
  /** All delays are multiplied by it. */
  pace: number;
}

/** Begins to deliver. */
export function startDelivery({ account, log, pace }: DeliveryOptions): Delivery {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();

  const pause = (ms: number) => delay(ms, undefined, { ref: false, signal: stopping.signal });

  const post = async (message: Message, form: Record<string, string>, times: number) => {
    if (!message.statusCallback) return;
    const idempotencyToken = crypto.randomUUID();
    for (let time = 0; time < times; time++) {
      await postToWebhook({
        url: message.statusCallback,
        token: account.signingToken,
        form,
        idempotencyToken,
        signal: stopping.signal,
      }).catch(() => {
        // Callbacks are best effort: after the tries that the URL asks for Twilio gives up.
      });
    }
  };

  const untilDue = async (message: Message, sendAt: Date) => {
    while (message.status === "scheduled" && Date.now() < sendAt.getTime()) {
      await pause(Math.min(sendAt.getTime() - Date.now(), SCHEDULE_STEP_MS));
    }
  };

  const deliver = async (message: Message, failure: Failure | undefined, sendAt?: Date) => {
    if (sendAt) await untilDue(message, sendAt);
    if (message.status === "canceled") return;
    const { isRepeated, isSwapped } = mishapsOf(message.sid);
    const steps: MessageStatus[] = ["queued", "sent", failure ? "undelivered" : "delivered"];
    const held: Record<string, string>[] = [];
    for (const status of steps.slice(steps.indexOf(message.status) + 1)) {
      await pause((DELAYS_MS[status] ?? 0) * pace);
      log.move(message, status, status === "undelivered" ? failure : null);
      const form = statusFormOf(message, account.accountSid);
      if (isSwapped && status === "sent") held.push(form);
      else await post(message, form, isRepeated ? 2 : 1);
    }
    for (const form of held) await post(message, form, 1);
  };

  const run = (work: Promise<void>) => {
    const done = work.catch((error) => {
      if (!stopping.signal.aborted) throw error;
    }).finally(() => running.delete(done));
    running.add(done);
  };

  return {
    begin: (message, failure, sendAt) => run(deliver(message, failure, sendAt)),
    tell: (message) => run(post(message, statusFormOf(message, account.accountSid), 1)),
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

/** Tells whether a message is accepted, and is neither scheduled for later nor at its end. */
export function isOnItsWay({ status }: Message): boolean {
  return status === "accepted" || status === "queued" || status === "sent";
}

/** What goes wrong with a message's callbacks. */
function mishapsOf(sid: string): { isRepeated: boolean; isSwapped: boolean } {
  const digit = parseInt(sid.slice(-1), 16);
  return { isRepeated: digit < 0x4, isSwapped: digit >= 0xc };
}
