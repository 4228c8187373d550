/**
 * One message to a recruit, whoever it is from. The database has permitted it and written its row;
 * here Twilio is called, at once or not at all, and what it answered is kept.
 *
 * Twilio has no idempotency key. So the call begins within seconds of the permission, and after a
 * while without a SID everybody may look for the message in Twilio's list: a worker that was frozen
 * in between must not call any more.
 *
 * @module
 */
import { z } from "zod/v3";
import { CHANNELS, joinAddress } from "../channel_address.ts";
import { type CallDatabase, databaseDeadline, logDatabaseFailure } from "../database.ts";
import { loadOnce } from "../load_once.ts";
import type { Log } from "../log.ts";
import { wait } from "../wait.ts";
import type { SendingConfiguration } from "./sending_configuration.ts";
import { type CallOutcome, openTwilioMessages, type TwilioMessages } from "./twilio_messages.ts";

/** What sending works with. */
export interface Sender {
  configuration: SendingConfiguration;
  callDatabase: CallDatabase;
  log: Log;
  twilio(): Promise<TwilioMessages>;
  /** How long a worker may take over a send that it has claimed, in seconds. */
  claimSeconds: number;
}

/** Whom a message is from and to, without the channel's prefix. */
export const Parties = z.object({
  channel: z.enum(CHANNELS),
  recruit_phone: z.string(),
  twilio_phone: z.string(),
});

/** What `recruiting_begin_send` returns: one row. */
export const BegunSends = z.tuple([z.discriminatedUnion("outcome", [
  Parties.extend({
    outcome: z.literal("begun"),
    begun_at: z.string(),
    sent_message_id: z.string(),
    message_status: z.string(),
    broadcast_missed: z.boolean(),
  }),
  z.object({
    outcome: z.literal("repeated"),
    sent_message_id: z.string(),
    message_status: z.string(),
    is_settled: z.boolean(),
  }),
  z.object({
    outcome: z.enum([
      "key_reused",
      "lost",
      "newer",
      "opted_out",
      "closed",
      "taken",
      "outside_window",
    ]),
  }),
])]);

/** What `recruiting_record_send` returns: one row. */
const RecordedSends = z.tuple([z.object({
  message_status: z.string().nullable(),
  reply_due_in_ms: z.number().nullable(),
  broadcast_missed: z.boolean(),
})]);

/** A message whose send the database has begun. */
export interface BegunSend {
  messageId: string;
  /** The database's word for this try. */
  begunAt: string;
  /** `performance.now()` from before the database was asked. */
  askedAt: number;
  conversationId: string;
  /** Of the conversation, as the database tells them: without the channel's prefix. */
  parties: z.infer<typeof Parties>;
  body: string;
  mediaUrls: string[];
}

/** What came of it. */
export type SendOutcome =
  /** Twilio has it, or has refused it, or it must not be sent any more. */
  | {
    kind: "settled";
    /** The stored one; nothing if the row is gone. */
    status: string | null;
    replyDueInMs: number | null;
  }
  /** Not known: it is to be looked for in Twilio's list, later. */
  | { kind: "unsettled" };

/** The most that a send waits for the database when it has something to keep, in ms. */
const RECORD_DEADLINE_MS = 20_000;

const MAX_TRIES = 3;

/** How long to wait when Twilio does not say, in ms; doubled each time. */
const FIRST_RETRY_AFTER_MS = 500;

/** Makes a sender. Twilio's SDK is loaded at the first send. */
export function createSender(
  configuration: SendingConfiguration,
  callDatabase: CallDatabase,
  log: Log,
): Sender {
  return {
    configuration,
    callDatabase,
    log,
    twilio: loadOnce(() => openTwilioMessages(configuration)),
    claimSeconds: configuration.settleAfterSeconds + configuration.settleGapSeconds,
  };
}

/**
 * How the time before a send is looked for is shared out: the call begins within a sixth of it, 5 s
 * at most, and is given up after a third, 15 s at most.
 *
 * @returns Both in ms.
 */
export function callLimits(settleAfterSeconds: number): { beginMs: number; answerMs: number } {
  return {
    beginMs: Math.min(5_000, settleAfterSeconds * 1000 / 6),
    answerMs: Math.min(15_000, settleAfterSeconds * 1000 / 3),
  };
}

/** Sends what was begun. */
export async function send(begun: BegunSend, sender: Sender): Promise<SendOutcome> {
  const { configuration, log } = sender;
  const { beginMs, answerMs } = callLimits(configuration.settleAfterSeconds);
  const fields = { conversation_id: begun.conversationId, message_id: begun.messageId };
  const { channel, recruit_phone, twilio_phone } = begun.parties;
  const addressOf = (address: string) => joinAddress({ channel, address });
  const ours = addressOf(twilio_phone);
  const twilio = await sender.twilio();

  let { begunAt, askedAt } = begun;
  for (let tries = 1;; tries++) {
    if (performance.now() - askedAt > beginMs) {
      log("warn", "send_too_late", fields);
      return { kind: "unsettled" };
    }
    const outcome = await twilio.create({
      to: addressOf(recruit_phone),
      from: ours,
      body: begun.body,
      mediaUrls: begun.mediaUrls,
      statusCallback: statusCallbackOf(begun.messageId, configuration),
    }, answerMs);

    if (outcome.kind === "unknown") {
      log("warn", "send_unsettled", { ...fields, reason: outcome.reason });
      return { kind: "unsettled" };
    }
    if (outcome.kind === "try_again" && tries < MAX_TRIES) {
      const { afterMs = FIRST_RETRY_AFTER_MS * 2 ** (tries - 1) } = outcome;
      log("warn", "send_again", { ...fields, error_code: outcome.errorCode });
      await wait(Math.min(afterMs, configuration.settleAfterSeconds * 1000 / 2));
      askedAt = performance.now();
      const again = await sender.callDatabase(
        "recruiting_begin_send_again",
        {
          message_id: begun.messageId,
          begun_at: begunAt,
          settle_after_seconds: configuration.settleAfterSeconds,
        },
        z.string().nullable(),
        databaseDeadline(beginMs),
      );
      // Also when it may not be sent any more, because that is what is answered to a call that is
      // repeated, too: whoever settles it finds out.
      if (!again.ok || !again.data) return { kind: "unsettled" };
      begunAt = again.data;
      continue;
    }
    if (outcome.kind === "accepted" && outcome.from && outcome.from !== ours) {
      log("error", "sender_not_ours", { ...fields, message_sid: outcome.sid });
    }
    return await record(begun, begunAt, outcome, sender);
  }
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
  { messageId, conversationId }: BegunSend,
  begunAt: string,
  outcome: Exclude<CallOutcome, { kind: "unknown" }>,
  { callDatabase, log }: Sender,
): Promise<SendOutcome> {
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
    databaseDeadline(RECORD_DEADLINE_MS),
  );
  if (!result.ok) {
    logDatabaseFailure(log, result.failure, fields);
    return { kind: "unsettled" };
  }
  const [{ message_status, reply_due_in_ms, broadcast_missed }] = result.data;
  if (broadcast_missed) log("error", "broadcast_missed", fields);
  if (accepted && !message_status) log("error", "sent_without_row", fields);
  log(accepted ? "info" : "warn", accepted ? "sent" : "send_refused", fields);
  return { kind: "settled", status: message_status, replyDueInMs: reply_due_in_ms };
}
