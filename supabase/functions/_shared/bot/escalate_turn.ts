/**
 * Ends a turn with a hand-off to a person.
 *
 * @module
 */
import { z } from "zod/v3";
import { databaseDeadline, logDatabaseFailure } from "../database/database.ts";
import { Constants } from "../database/database.constants.ts";
import { logWarnings, Warnings } from "../database/warnings.ts";
import type { BegunMessage } from "../outbox/deliver.ts";
import { Parties } from "../outbox/outbox.ts";
import { beginTimes } from "../outbox/send_timing.ts";
import type { Bot } from "./bot.ts";
import type { TurnLease } from "./claim_turn.ts";

/** What `recruiting_escalate_turn` returns: one row, with a text if one is to be sent. */
const EscalatedTurns = z.tuple([z.intersection(
  Warnings.extend({ outcome: z.enum(Constants.public.Enums.recruiting_escalate_turn_outcome) }),
  z.union([
    Parties.extend({ body: z.string(), begun_at: z.string() }),
    z.object({ begun_at: z.null() }),
  ]),
)]);

/** Whether a turn was escalated. */
export type EscalatedTurn =
  | {
    kind: "escalated";
    /** The hand-off text, which is begun; undefined if none is to be sent. */
    handOffText: BegunMessage | undefined;
  }
  /** Another worker holds the lease, or it was revoked. Nothing changed. */
  | { kind: "lease_lost" }
  /** Whether it was escalated is not known. */
  | { kind: "database_failed" };

/**
 * Escalates the conversation and begins the hand-off text, in one transaction. A failure of the database
 * is logged.
 *
 * @param lease The worker's lease.
 * @param reason What agents read.
 */
export async function escalateTurn(
  lease: TurnLease,
  reason: string,
  { callDatabase, log, outbox }: Bot,
): Promise<EscalatedTurn> {
  const fields = { conversation_id: lease.conversation_id };
  // A hand-off text that is begun must be deliverable at once.
  const canSend = await outbox?.twilio().then(() => true, () => false) ?? false;
  const beginCalledAt = performance.now();
  const messageId = crypto.randomUUID();
  const result = await callDatabase(
    "recruiting_escalate_turn",
    {
      ...lease,
      message_id: messageId,
      reason,
      with_hand_off_text: canSend,
      ...(outbox && beginTimes(outbox.configuration)),
    },
    EscalatedTurns,
    databaseDeadline(),
  );
  if (!result.ok) {
    logDatabaseFailure(log, result.failure, fields);
    return { kind: "database_failed" };
  }
  const [turn] = result.data;
  logWarnings(log, turn, fields);
  if (turn.outcome === "lease_lost") {
    log("info", "escalation_dropped", fields);
    return { kind: "lease_lost" };
  }
  log("info", "escalated", fields);
  if (turn.begun_at === null) return { kind: "escalated", handOffText: undefined };
  return {
    kind: "escalated",
    handOffText: {
      messageId,
      conversationId: lease.conversation_id,
      begunAt: turn.begun_at,
      beginCalledAt,
      parties: turn,
      body: turn.body,
      mediaUrls: [],
    },
  };
}
