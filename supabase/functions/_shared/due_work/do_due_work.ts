/**
 * Does what is due, of whatever conversation: turns and sends that no worker holds.
 *
 * @module
 */
import { z } from "zod/v3";
import { type Bot, takeTurn } from "../bot/turn.ts";
import { databaseDeadline, logDatabaseFailure } from "../database/database.ts";
import { errorName } from "../log/error_name.ts";
import { confirm } from "../outbox/confirm.ts";

/** What was done. */
export interface DoneWork {
  /** `done`: nothing is due any more; `more`: the time was over first; `unavailable`: the database is away. */
  status: "done" | "more" | "unavailable";
  /** Turns that ended in a reply or a hand-off. */
  turns: number;
  /** What came of unconfirmed sends. */
  sends: { confirmed: number; sent_again: number; failed: number };
  /** Whether Twilio could not be reached: then unconfirmed sends are left. */
  isTwilioUnreachable: boolean;
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
 * @param isTwilioUnreachable Whether that is known already: then only turns are taken, and no list of
 *   Twilio's keeps them waiting.
 */
export async function doDueWork(
  bot: Bot,
  forMs: number,
  isTwilioUnreachable = false,
): Promise<DoneWork> {
  const { callDatabase, configuration, log, outbox } = bot;
  const endsAt = performance.now() + forMs;
  const done: DoneWork = {
    status: "more",
    turns: 0,
    sends: { confirmed: 0, sent_again: 0, failed: 0 },
    isTwilioUnreachable,
  };
  while (performance.now() < endsAt) {
    const token = crypto.randomUUID();
    const claimed = await callDatabase(
      "recruiting_claim_due_work",
      {
        claim_token: token,
        turn_lease_seconds: configuration.turnLeaseSeconds,
        send_lease_seconds: outbox?.leaseSeconds,
        only_turns: done.isTwilioUnreachable,
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
        const { kind } = await takeTurn(piece.conversation_id, bot, token);
        if (kind === "answered") done.turns++;
      } else {
        const { kind } = await confirm(piece.message_id, bot, token);
        if (kind === "twilio_unreachable") done.isTwilioUnreachable = true;
        else if (kind !== "left") done.sends[kind]++;
      }
    } catch (error) {
      // One piece that fails must not keep the others waiting. It is due again when its lease ends.
      log("error", "failed", {
        reason: errorName(error),
        conversation_id: piece.conversation_id,
      });
    }
  }
  return done;
}
