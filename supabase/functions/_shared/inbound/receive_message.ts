/**
 * Stores one inbound text in one database call, which does everything in one transaction.
 *
 * @module
 */
import { z } from "zod/v3";
import {
  type CallDatabase,
  databaseDeadline,
  type DatabaseFailure,
  type Deadline,
  logDatabaseFailure,
  refusalOf,
} from "../database/database.ts";
import { Constants } from "../database/database.constants.ts";
import type { Enums } from "../database/database.types.ts";
import type { FollowUp } from "../due_work/follow_up.ts";
import type { Log } from "../log/log.ts";
import type { Judgement } from "../opt_out/judge_text.ts";
import type { TwilioForm } from "../webhook/twilio_form.ts";
import { logWarnings, Warnings } from "../database/warnings.ts";
import type { InboundMessage } from "./inbound_message.ts";

/** A text to store. */
export interface InboundText {
  message: InboundMessage;
  /** What its words mean for consent and for the bot. */
  judgement: Judgement;
  /** The form that it was read from. An unmatched text keeps it whole. */
  form: TwilioForm;
  /** Twilio's time of a text that the log holds and no webhook brought; undefined for a webhook. */
  sentAt?: Date;
}

/** Dependencies of storing a text. */
export interface ReceiveTools {
  callDatabase: CallDatabase;
  log: Log;
  /** Seconds that the bot waits for further texts. */
  turnWaitSeconds: number;
}

/** Result of storing a text. */
export type Received =
  | {
    kind: Enums<"recruiting_inbound_outcome">;
    conversationId: string | undefined;
    /** What the worker does after the answer; undefined if there is nothing to do. */
    followUp: FollowUp | undefined;
  }
  /** The database could not store it. */
  | { kind: "deferred"; failure: DatabaseFailure };

/** What `recruiting_receive_message` returns: one row. */
const ReceivedMessages = z.tuple([Warnings.extend({
  outcome: z.enum(Constants.public.Enums.recruiting_inbound_outcome),
  conversation_id: z.string().nullable(),
  reply_due_in_ms: z.number().nullable(),
  work_is_due: z.boolean(),
})]);

/**
 * Stores a text. Repeating it is safe: the database keeps each MessageSid once.
 *
 * A text that the database refuses for good is stored as unmatched with the reason, by a second call.
 *
 * @param deadline Of both calls together; by default that of a webhook.
 */
export async function receiveMessage(
  { message, judgement, form, sentAt }: InboundText,
  { callDatabase, log, turnWaitSeconds }: ReceiveTools,
  deadline: Deadline = databaseDeadline(),
): Promise<Received> {
  const message_sid = message.messageSid;
  const args = {
    message_sid,
    channel: message.channel,
    recruit_phone: message.recruitPhone,
    twilio_phone: message.twilioPhone,
    body: message.body,
    media: JSON.stringify(message.media),
    num_media: message.numMedia || undefined,
    metadata: message.metadata && JSON.stringify(message.metadata),
    recruit_name: message.profileName,
    num_segments: message.numSegments,
    verdict: judgement.verdict,
    consent_source: judgement.source ?? undefined,
    payload: JSON.stringify(form),
    turn_wait_seconds: turnWaitSeconds,
    sent_at: sentAt?.toISOString(),
  };
  let result = await callDatabase("recruiting_receive_message", args, ReceivedMessages, deadline);
  if (!result.ok && result.failure.kind === "refused") {
    logDatabaseFailure(log, result.failure, { message_sid });
    const refused = refusalOf(result.failure);
    result = await callDatabase(
      "recruiting_receive_message",
      { ...args, refused },
      ReceivedMessages,
      deadline,
    );
  }
  if (!result.ok) return { kind: "deferred", failure: result.failure };
  const [row] = result.data;
  const conversationId = row.conversation_id ?? undefined;
  logWarnings(log, row, { message_sid, conversation_id: conversationId });
  return { kind: row.outcome, conversationId, followUp: followUpOf(row) };
}

function followUpOf(
  { conversation_id, reply_due_in_ms, work_is_due }: z.infer<typeof ReceivedMessages>[0],
): FollowUp | undefined {
  const reply = reply_due_in_ms === null || conversation_id === null
    ? undefined
    : { conversationId: conversation_id, dueInMs: reply_due_in_ms };
  return reply || work_is_due ? { reply, isWorkDue: work_is_due } : undefined;
}
