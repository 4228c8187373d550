/**
 * Delivers one message that the database has begun: calls Twilio, at once or not at all, and records
 * the answer.
 *
 * Twilio has no idempotency key. So the call begins within seconds of the moment before the database
 * was asked; a worker that was frozen in between must not call any more, because by then another one
 * may look for the message in Twilio's list.
 *
 * @module
 */
import { z } from "zod/v3";
import { joinAddress } from "../twilio/channel_address.ts";
import { databaseDeadline, logDatabaseFailure } from "../database/database.ts";
import { wait } from "../worker/wait.ts";
import { logWarnings, Warnings } from "../database/warnings.ts";
import { callLimits, type Outbox, type Parties } from "./outbox.ts";
import type { SendingConfiguration } from "./sending_configuration.ts";
import type { CallOutcome } from "./twilio_messages.ts";

/** A message whose send the database has begun. */
export interface BegunMessage {
  messageId: string;
  /** Names this attempt: the database's time, ISO 8601. */
  begunAt: string;
  /** `performance.now()` before the database was asked, in ms: the limit for calling Twilio counts from it. */
  askedAt: number;
  conversationId: string;
  /** As the database tells them. */
  parties: z.infer<typeof Parties>;
  body: string;
  mediaUrls: string[];
}

/** What came of it. */
export type Delivery =
  | {
    /** Twilio has it, or surely has not and will not be called again; the database has recorded it. */
    kind: "accepted" | "refused";
    /** The stored status; null if the row is gone. */
    status: string | null;
    /** The time until the conversation's next reply is due, in ms; null if none is pending. */
    replyDueInMs: number | null;
  }
  /** Not known, or the database permits no retry. While the row is queued, due work looks for it. */
  | { kind: "unconfirmed" };

const UNCONFIRMED: Delivery = { kind: "unconfirmed" };

/** What `recruiting_record_send` returns: one row. */
const RecordedSends = z.tuple([Warnings.extend({
  message_status: z.string().nullable(),
  reply_due_in_ms: z.number().nullable(),
})]);

/** What `recruiting_begin_retry` returns: one row. */
const BegunRetries = z.tuple([Warnings.extend({ retry_begun_at: z.string().nullable() })]);

/** Most attempts for one message. Only an answer that Twilio surely has not accepted it permits another. */
const MAX_ATTEMPTS = 3;

/** All attempts end within this time, in ms. */
const MAX_TOTAL_MS = 15_000;

/** How long to wait when Twilio does not say, in ms; doubled each time. */
const FIRST_RETRY_AFTER_MS = 500;

/** Delivers a message. */
export async function deliver(begun: BegunMessage, outbox: Outbox): Promise<Delivery> {
  const { configuration, log } = outbox;
  const { beginMs, answerMs } = callLimits(configuration);
  const fields = { conversation_id: begun.conversationId, message_id: begun.messageId };
  const { channel, recruit_phone, twilio_phone } = begun.parties;
  const addressOf = (address: string) => joinAddress({ channel, address });
  const ours = addressOf(twilio_phone);
  const twilio = await outbox.twilio();

  const endsAt = performance.now() + MAX_TOTAL_MS;
  let { begunAt, askedAt } = begun;
  for (let attempt = 1;; attempt++) {
    if (performance.now() - askedAt > beginMs) {
      log("warn", "send_too_late", fields);
      return UNCONFIRMED;
    }
    const outcome = await twilio.create({
      to: addressOf(recruit_phone),
      from: ours,
      body: begun.body,
      mediaUrls: begun.mediaUrls,
      statusCallback: statusCallbackOf(begun.messageId, configuration),
    }, Math.min(answerMs, endsAt - performance.now()));

    if (outcome.kind === "unknown") {
      log("warn", "send_unconfirmed", { ...fields, reason: outcome.reason });
      return UNCONFIRMED;
    }
    const pauseMs = pauseAfter(outcome, attempt, beginMs);
    if (pauseMs !== undefined && performance.now() + pauseMs + answerMs / 3 < endsAt) {
      log("warn", "send_retry", { ...fields, error_code: outcome.errorCode });
      await wait(pauseMs);
      askedAt = performance.now();
      const retry = await outbox.callDatabase(
        "recruiting_begin_retry",
        {
          message_id: begun.messageId,
          begun_at: begunAt,
          confirm_after_seconds: configuration.confirmAfterSeconds,
        },
        BegunRetries,
        databaseDeadline(beginMs),
      );
      if (!retry.ok) {
        logDatabaseFailure(log, retry.failure, fields);
        return UNCONFIRMED;
      }
      const [{ retry_begun_at, ...row }] = retry.data;
      logWarnings(log, row, fields);
      // Null is also the answer to a repeated call whose first answer was lost.
      if (!retry_begun_at) return UNCONFIRMED;
      begunAt = retry_begun_at;
      continue;
    }
    if (outcome.kind === "accepted" && outcome.from && outcome.from !== ours) {
      log("error", "sender_not_ours", { ...fields, message_sid: outcome.sid });
    }
    return await record(begun, begunAt, outcome, outbox);
  }
}

/** How long to wait before another attempt, in ms; nothing if there is none. */
function pauseAfter(outcome: CallOutcome, attempt: number, mostMs: number): number | undefined {
  if (outcome.kind !== "try_again" || attempt >= MAX_ATTEMPTS) return undefined;
  const { afterMs = FIRST_RETRY_AFTER_MS * 2 ** (attempt - 1) } = outcome;
  return Math.min(afterMs, mostMs);
}

/** The URL that Twilio calls for a message: its query names the row, its fragment how to call. */
function statusCallbackOf(
  messageId: string,
  { statusCallbackUrl, callbackOverrides }: SendingConfiguration,
): string {
  const url = `${statusCallbackUrl}?message=${messageId}`;
  return callbackOverrides ? `${url}#${callbackOverrides}` : url;
}

async function record(
  { messageId, conversationId }: BegunMessage,
  begunAt: string,
  outcome: Exclude<CallOutcome, { kind: "unknown" }>,
  { callDatabase, log }: Outbox,
): Promise<Delivery> {
  const accepted = outcome.kind === "accepted" ? outcome : undefined;
  const fields = {
    conversation_id: conversationId,
    message_id: messageId,
    message_sid: accepted?.sid,
    error_code: outcome.errorCode,
  };
  const result = await callDatabase(
    "recruiting_record_send",
    {
      message_id: messageId,
      begun_at: begunAt,
      message_sid: accepted?.sid,
      twilio_status: accepted?.status,
      num_segments: accepted?.numSegments,
      error_code: outcome.errorCode,
      error_message: outcome.errorMessage,
    },
    RecordedSends,
    databaseDeadline(),
  );
  if (!result.ok) {
    logDatabaseFailure(log, result.failure, fields);
    return UNCONFIRMED;
  }
  const [{ message_status: status, reply_due_in_ms, ...row }] = result.data;
  logWarnings(log, row, fields);
  if (accepted && !status) log("error", "sent_without_row", fields);
  log(accepted ? "info" : "warn", accepted ? "sent" : "send_refused", fields);
  return { kind: accepted ? "accepted" : "refused", status, replyDueInMs: reply_due_in_ms };
}
