/**
 * The delivery of an accepted message: it passes through its states, and its StatusCallback gets
 * each.
 *
 * Twilio may repeat callbacks and change their order. Here the last hex digit of the SID decides: 0
 * to 3 repeats each callback, and c to f posts `delivered` (or `undelivered`) before `sent`.
 *
 * @see https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import type { TwilioAccount } from "./account.ts";
import type { Debugger } from "./debugger.ts";
import type { EventStreams } from "./event_streams.ts";
import type { Failure, Message, MessageLog, MessageStatus } from "./message_log.ts";
import { statusFormOf } from "./webhook_forms.ts";

/** The delay before each state, in ms. */
const DELAYS_MS: Partial<Record<MessageStatus, number>> = {
  queued: 100,
  sent: 300,
  delivered: 700,
  undelivered: 700,
};

/** The longest timer for a scheduled message, in ms: one timer cannot last for weeks. */
const SCHEDULE_STEP_MS = 60_000;

/** Delivers messages until stopped. */
export interface Delivery {
  /**
   * Starts the delivery of a message.
   *
   * @param failure The error with which it will be undelivered; absent for a delivered message.
   * @param sendAt The time to send it; absent for now.
   */
  begin(message: Message, failure?: Failure, sendAt?: Date): void;
  /** Posts a callback with a message's present state. */
  report(message: Message): void;
  /** Aborts all deliveries. */
  stop(): Promise<void>;
}

/** The options of deliveries. */
export interface DeliveryOptions {
  account: TwilioAccount;
  log: MessageLog;
  debug: Debugger;
  events: EventStreams;
  /** The factor for all delays. */
  pace: number;
}

/** Starts a service that delivers messages. */
export function startDelivery(
  { account, log, debug, events, pace }: DeliveryOptions,
): Delivery {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();

  const pause = (ms: number) => delay(ms, undefined, { ref: false, signal: stopping.signal });

  const post = async (message: Message, form: Record<string, string>, times: number) => {
    if (!message.statusCallback || !events.hasForms) return;
    const idempotencyToken = crypto.randomUUID();
    for (let time = 0; time < times; time++) {
      await debug.post(
        {
          url: message.statusCallback,
          token: account.signingToken,
          form,
          idempotencyToken,
          signal: stopping.signal,
        },
        message.sid,
        "status",
      ).catch(() => {
        // After the attempts that the URL sets, Twilio drops a callback.
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
    const { isRepeated, isSwapped } = callbackFaultsOf(message.sid);
    const steps: MessageStatus[] = ["queued", "sent", failure ? "undelivered" : "delivered"];
    const held: Record<string, string>[] = [];
    for (const status of steps.slice(steps.indexOf(message.status) + 1)) {
      await pause((DELAYS_MS[status] ?? 0) * pace);
      log.move(message, status, status === "undelivered" ? failure : null);
      events.postStatus(message);
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
    report: (message) => run(post(message, statusFormOf(message, account.accountSid), 1)),
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

/** Tests whether a message is between acceptance and a final state, and is not scheduled. */
export function isInDelivery({ status }: Message): boolean {
  return status === "accepted" || status === "queued" || status === "sent";
}

/** Whether a message's callbacks are repeated, or change their order. */
function callbackFaultsOf(sid: string): { isRepeated: boolean; isSwapped: boolean } {
  const digit = parseInt(sid.slice(-1), 16);
  return { isRepeated: digit < 0x4, isSwapped: digit >= 0xc };
}
