/**
 * Hands one text to the database, which does everything in one transaction.
 *
 * @module
 */
import { z } from "zod/v3";
import {
  type CallDatabase,
  databaseDeadline,
  type DatabaseFailure,
  logDatabaseFailure,
} from "../database/database.ts";
import type { FollowUp } from "../due_work/follow_up.ts";
import type { Log } from "../log/log.ts";
import type { Judgement } from "../opt_out/judge_text.ts";
import type { TwilioForm } from "../webhook/twilio_form.ts";
import { logWarnings, Warnings } from "../database/warnings.ts";
import type { InboundMessage } from "./inbound_message.ts";

/** What the database made of a text. */
export type Received =
  | {
    kind: "received" | "repeated" | "no_conversation" | "forgotten";
    conversationId: string | undefined;
    /** What is to be done after the answer; nothing if nothing is. */
    followUp: FollowUp | undefined;
  }
  /** The database could not take it in. */
  | { kind: "deferred"; failure: DatabaseFailure };

/** How a text is taken in. */
export interface ReceiveOptions {
  /** How long the bot waits for more, in s. */
  turnWaitSeconds: number;
  /** Twilio's time of a text whose webhook never came; absent for a webhook. */
  sentAt?: Date;
}

/**
 * Keeps a text. Repeating it changes nothing.
 *
 * A text that the database refuses for good is kept as unmatched, whole, with the reason: a
 * second call, on this rare path only.
 *
 * @param callDatabase How the database is reached.
 * @param message The text.
 * @param judgement What its words are.
 * @param form The signed form it was read from.
 * @param log Where failures are told.
 */
export async function receiveMessage(
  callDatabase: CallDatabase,
  message: InboundMessage,
  { verdict, source }: Judgement,
  form: TwilioForm,
  { turnWaitSeconds, sentAt }: ReceiveOptions,
  log: Log,
): Promise<Received> {
  const message_sid = message.messageSid;
  const args = {
    message_sid,
    channel: message.channel,
    recruit_phone: message.recruitPhone,
    twilio_phone: message.twilioPhone,
    body: message.body,
    media: JSON.stringify(message.media),
    metadata: message.metadata && JSON.stringify(message.metadata),
    recruit_name: message.profileName,
    num_segments: message.numSegments,
    verdict,
    consent_source: source ?? undefined,
    payload: JSON.stringify(form),
    turn_wait_seconds: turnWaitSeconds,
    sent_at: sentAt?.toISOString(),
  };
  const deadline = databaseDeadline();
  let result = await callDatabase("recruiting_receive_message", args, Returned, deadline);
  if (!result.ok && result.failure.kind === "refused") {
    logDatabaseFailure(log, result.failure, { message_sid });
    const { kind, sqlstate, constraint } = result.failure;
    const refused = [kind, sqlstate, constraint].filter(Boolean).join(" ");
    const again = { ...args, refused };
    result = await callDatabase("recruiting_receive_message", again, Returned, deadline);
  }
  if (!result.ok) return { kind: "deferred", failure: result.failure };
  const [row] = result.data;
  const conversation_id = row.conversation_id ?? undefined;
  logWarnings(log, row, { message_sid, conversation_id });
  return { kind: row.outcome, conversationId: conversation_id, followUp: followUpOf(row) };
}

/** What `recruiting_receive_message` returns: one row. */
const Returned = z.tuple([Warnings.extend({
  outcome: z.enum(["received", "repeated", "no_conversation", "forgotten"]),
  conversation_id: z.string().nullable(),
  reply_due_in_ms: z.number().nullable(),
  work_is_due: z.boolean(),
})]);

function followUpOf(
  { conversation_id, reply_due_in_ms, work_is_due }: z.infer<typeof Returned>[0],
): FollowUp | undefined {
  const reply = reply_due_in_ms === null || conversation_id === null
    ? undefined
    : { conversationId: conversation_id, dueInMs: reply_due_in_ms };
  return reply || work_is_due ? { reply, isWorkDue: work_is_due } : undefined;
}
