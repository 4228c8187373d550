/**
 * Claims a turn: its lease, and what the bot needs to decide.
 *
 * @module
 */
import { z } from "zod/v3";
import { databaseDeadline, logDatabaseFailure } from "../database/database.ts";
import { Constants } from "../database/database.constants.ts";
import type { Bot } from "./bot.ts";

/** One worker's lease of a conversation's turn. Only its holder may begin the reply. */
export interface TurnLease {
  conversation_id: string;
  /** Names the lease. */
  turn_token: string;
}

const ClaimedTurn = z.object({
  seen_seq: z.number(),
  recruit_name: z.string().nullable(),
  sender_name: z.string().nullable(),
  bot_instructions: z.string().nullable(),
  is_first_reply: z.boolean(),
  reason_to_escalate: z.string().nullable(),
  history: z.array(z.object({
    sender_type: z.enum(Constants.public.Enums.recruiting_sender_type),
    body: z.string(),
    content_types: z.array(z.string().nullable()),
    metadata: z.record(z.unknown()).nullable(),
  })).nullable(),
});

/** What `recruiting_claim_turn` returns: at most one row. */
const ClaimedTurns = z.array(ClaimedTurn).max(1);

/** A claimed turn, with the conversation as it was at the claim. */
export type ClaimedTurn = z.infer<typeof ClaimedTurn>;

/**
 * Claims a turn, or reads it again under a lease that the worker holds.
 *
 * @returns The turn; undefined if it is another worker's, not due, waits for an unconfirmed send, or the
 *   database failed, which is logged.
 */
export async function claimTurn(
  lease: TurnLease,
  { callDatabase, configuration, log }: Bot,
): Promise<ClaimedTurn | undefined> {
  const result = await callDatabase(
    "recruiting_claim_turn",
    { ...lease, lease_seconds: configuration.turnLeaseSeconds },
    ClaimedTurns,
    databaseDeadline(),
  );
  if (result.ok) return result.data.at(0);
  logDatabaseFailure(log, result.failure, { conversation_id: lease.conversation_id });
}
