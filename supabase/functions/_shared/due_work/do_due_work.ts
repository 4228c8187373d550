/**
 * Does what is due, of whatever conversation: turns and sends that no worker holds.
 *
 * @module
 */
import { z } from "zod/v3";
import { type Bot, takeTurn } from "../bot/turn.ts";
import { databaseDeadline, logDatabaseFailure } from "../database.ts";
import { settle } from "../send/settle.ts";

/** What was done. */
export interface DoneWork {
  /** `done`: nothing is due any more; `more`: the time was over first. */
  status: "done" | "more" | "unavailable";
  /** Turns that ended in a reply or a hand-off. */
  turns: number;
  /** What came of sends whose outcome was not known. */
  sends: { confirmed: number; sent_again: number; failed: number };
}

/** What `recruiting_claim_due_work` returns: at most one row. */
const DueWork = z.array(z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("turn"), conversation_id: z.string() }),
  z.object({
    kind: z.literal("send"),
    conversation_id: z.string(),
    message_id: z.string(),
  }),
])).max(1);

/**
 * Does one piece after the other, the one that has been due longest first.
 *
 * @param forMs After so many ms no new piece is begun.
 */
export async function doDueWork(bot: Bot, forMs: number): Promise<DoneWork> {
  const { callDatabase, configuration, log, sender } = bot;
  const endsAt = performance.now() + forMs;
  const done: DoneWork = {
    status: "more",
    turns: 0,
    sends: { confirmed: 0, sent_again: 0, failed: 0 },
  };
  while (performance.now() < endsAt) {
    const token = crypto.randomUUID();
    const claimed = await callDatabase(
      "recruiting_claim_due_work",
      {
        claim_token: token,
        turn_lease_seconds: configuration.turnLeaseSeconds,
        send_lease_seconds: sender?.claimSeconds,
      },
      DueWork,
      databaseDeadline(),
    );
    if (!claimed.ok) {
      logDatabaseFailure(log, claimed.failure, {});
      return { ...done, status: "unavailable" };
    }
    const [piece] = claimed.data;
    if (!piece) return { ...done, status: "done" };
    try {
      if (piece.kind === "turn") {
        const { isAnswered } = await takeTurn(piece.conversation_id, bot, token);
        if (isAnswered) done.turns++;
      } else {
        const outcome = await settle(piece.message_id, bot, token);
        if (outcome) done.sends[outcome]++;
      }
    } catch (error) {
      // One piece that fails must not keep the others waiting. It is due again when its lease ends.
      log("error", "failed", {
        reason: error instanceof Error ? error.name : "unknown error",
        conversation_id: piece.conversation_id,
      });
    }
  }
  return done;
}
