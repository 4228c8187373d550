/**
 * Delivers one message that is stored as begun: calls Twilio, and records the answer.
 *
 * Each attempt starts within seconds of the moment before the database was asked to begin it, or does not
 * start. A later call could send the message twice, because Twilio has no idempotency key: another worker
 * may have found the message missing in Twilio's list and sent it again.
 *
 * @module
 */
import type { z } from "zod/v3";
import { joinAddress } from "../twilio/channel_address.ts";
import type { StoredStatus } from "../twilio/message_status.ts";
import { wait } from "../worker/wait.ts";
import type { Outbox, Parties } from "./outbox.ts";
import { beginRetry, recordSend } from "./record_send.ts";
import { type CallLimits, callLimits } from "./send_timing.ts";
import type { SendingConfiguration } from "./sending_configuration.ts";
import type { Template } from "./template.ts";
import type { CallOutcome, OutgoingMessage } from "./twilio_messages.ts";

/** A message that the database has stored as begun. */
export interface BegunMessage {
  /** `recruiting_messages.id`. */
  messageId: string;
  conversationId: string;
  /** Identifies this attempt: the database's time at its begin, ISO 8601. */
  begunAt: string;
  /** `performance.now()` just before the database was asked to begin it, in ms. */
  beginCalledAt: number;
  parties: z.infer<typeof Parties>;
  body: string;
  mediaUrls: string[];
  /** What is sent in place of body and media, if it is a template. */
  template?: Template;
}

/** Result of a delivery. */
export type Delivery =
  | {
    /**
     * `accepted`: Twilio has the message. `refused`: Twilio refused it, or could not be reached, and is not
     * called again. The database has recorded either.
     */
    kind: "accepted" | "refused";
    /** The stored status; null if the row is gone. */
    status: StoredStatus | null;
    /** Milliseconds until the conversation's next reply is due; null if none is pending. */
    replyDueInMs: number | null;
  }
  /** The outcome is unknown, or the next attempt was not begun or not in time. Due work confirms the send. */
  | { kind: "unconfirmed" };

/** The most attempts of one delivery. Only an answer that rules out acceptance permits another attempt. */
const MAX_ATTEMPTS = 3;

/** All Twilio calls of one delivery end within this time, in ms. */
const MAX_TOTAL_MS = 15_000;

/** An attempt with less time for Twilio's answer is not started, in ms: its outcome would stay unknown. */
const MIN_ANSWER_MS = 1_000;

/** Pause before the second attempt if Twilio asks for none (Retry-After), in ms; doubled for the third. */
const FIRST_PAUSE_MS = 500;

/**
 * Delivers a message.
 *
 * @returns The result. Errors of Twilio and of the database are results, not exceptions.
 * @throws {Error} If Twilio's SDK cannot be loaded.
 * @see https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
 */
export async function deliver(begun: BegunMessage, outbox: Outbox): Promise<Delivery> {
  const { configuration, log } = outbox;
  const limits = callLimits(configuration);
  const fields = { conversation_id: begun.conversationId, message_id: begun.messageId };
  const message = outgoingMessage(begun, configuration);
  const twilio = await outbox.twilio();

  const endsAt = performance.now() + MAX_TOTAL_MS;
  let { begunAt, beginCalledAt } = begun;
  for (let attempt = 1;; attempt++) {
    const calledAt = performance.now();
    const timeoutMs = Math.min(limits.answerMs, endsAt - calledAt);
    const minAnswerMs = Math.min(MIN_ANSWER_MS, limits.answerMs);
    // Beginning a retry may have taken the rest of the time.
    if (calledAt - beginCalledAt > limits.startMs || timeoutMs < minAnswerMs) {
      log("warn", "send_too_late", fields);
      return { kind: "unconfirmed" };
    }
    const outcome = await twilio.create(message, timeoutMs);
    if (outcome.kind === "unknown") {
      log("warn", "send_unconfirmed", { ...fields, reason: outcome.reason });
      return { kind: "unconfirmed" };
    }

    const pauseMs = pauseBeforeRetry(outcome, attempt, limits, endsAt);
    if (pauseMs === undefined) {
      if (outcome.kind === "accepted" && outcome.from && outcome.from !== message.from) {
        // The number is not in the Messaging Service's sender pool.
        log("error", "sent_from_other_number", { ...fields, message_sid: outcome.sid });
      }
      return await recordSend(begun, begunAt, outcome, outbox);
    }
    log("warn", "send_retry", { ...fields, error_code: outcome.errorCode });
    await wait(pauseMs);
    beginCalledAt = performance.now();
    const retry = await beginRetry(begun, begunAt, outbox, limits.startMs);
    if (retry.kind === "not_begun") return { kind: "unconfirmed" };
    begunAt = retry.begunAt;
  }
}

/** The arguments of Twilio's create-message call. */
function outgoingMessage(
  { messageId, parties, body, mediaUrls, template }: BegunMessage,
  configuration: SendingConfiguration,
): OutgoingMessage {
  const { channel, recruit_phone, twilio_phone } = parties;
  return {
    to: joinAddress({ channel, address: recruit_phone }),
    from: joinAddress({ channel, address: twilio_phone }),
    body,
    mediaUrls,
    template,
    statusCallback: statusCallbackUrl(messageId, configuration),
  };
}

/**
 * The status callback URL of a message. Its query names the row; its fragment holds the connection overrides.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 */
function statusCallbackUrl(
  messageId: string,
  { statusCallbackUrl, callbackOverrides }: SendingConfiguration,
): string {
  const url = `${statusCallbackUrl}?message=${messageId}`;
  return callbackOverrides ? `${url}#${callbackOverrides}` : url;
}

/**
 * The pause before another attempt.
 *
 * @returns Milliseconds; undefined if this attempt was the last: its outcome is final, or no time is left.
 */
function pauseBeforeRetry(
  outcome: CallOutcome,
  attempt: number,
  { startMs, answerMs }: CallLimits,
  endsAt: number,
): number | undefined {
  if (outcome.kind !== "try_again" || attempt >= MAX_ATTEMPTS) return undefined;
  const { afterMs = FIRST_PAUSE_MS * 2 ** (attempt - 1) } = outcome;
  // Twilio may ask for a pause longer than the delivery's time: it is cut, so that a retry still fits.
  const pauseMs = Math.min(afterMs, startMs);
  return performance.now() + pauseMs + answerMs / 3 < endsAt ? pauseMs : undefined;
}
