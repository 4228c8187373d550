/**
 * Begins the bot's reply in the database, which checks the lease, the opt-out and newer texts.
 *
 * @module
 */
import { z } from "zod/v3";
import { databaseDeadline, logDatabaseFailure } from "../database/database.ts";
import { Constants } from "../database/database.constants.ts";
import type { BegunMessage } from "../outbox/deliver.ts";
import { type Outbox, Parties } from "../outbox/outbox.ts";
import { beginTimes } from "../outbox/send_timing.ts";
import type { TurnLease } from "./claim_turn.ts";

const BeginReplyOutcome = z.enum(Constants.public.Enums.recruiting_begin_reply_outcome);

/** What `recruiting_begin_reply` returns: one row. */
const BegunReplies = z.tuple([z.discriminatedUnion("outcome", [
  Parties.extend({ outcome: BeginReplyOutcome.extract(["begun"]), begun_at: z.string() }),
  z.object({ outcome: BeginReplyOutcome.exclude(["begun"]) }),
])]);

/** A reply to begin. */
export interface Reply {
  body: string;
  /** The newest text that the reply answers: `recruiting_messages.seq`. */
  seenSeq: number;
  /** Whether a text newer than `seenSeq` keeps the reply from being begun. */
  mayRestart: boolean;
}

/** Whether a reply was begun. */
export type BegunReply =
  | { kind: "begun"; message: BegunMessage }
  /** Nothing was written. */
  | { kind: Exclude<z.infer<typeof BeginReplyOutcome>, "begun"> }
  /** Whether it was begun is not known. */
  | { kind: "database_failed" };

/** Begins a reply. A failure of the database is logged. */
export async function beginReply(
  lease: TurnLease,
  { body, seenSeq, mayRestart }: Reply,
  { configuration, callDatabase, log }: Outbox,
): Promise<BegunReply> {
  const beginCalledAt = performance.now();
  const messageId = crypto.randomUUID();
  const result = await callDatabase(
    "recruiting_begin_reply",
    {
      ...lease,
      message_id: messageId,
      body,
      seen_seq: seenSeq,
      may_restart: mayRestart,
      ...beginTimes(configuration),
    },
    BegunReplies,
    databaseDeadline(),
  );
  const conversationId = lease.conversation_id;
  if (!result.ok) {
    logDatabaseFailure(log, result.failure, { conversation_id: conversationId });
    return { kind: "database_failed" };
  }
  const [reply] = result.data;
  if (reply.outcome !== "begun") return { kind: reply.outcome };
  return {
    kind: "begun",
    message: {
      messageId,
      conversationId,
      begunAt: reply.begun_at,
      beginCalledAt,
      parties: reply,
      body,
      mediaUrls: [],
    },
  };
}
