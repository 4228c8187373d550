/**
 * Does what is due in any conversation: turns and unconfirmed sends on which no worker has a lease.
 *
 * @module
 */
import { z } from "zod/v3";
import type { Bot } from "../bot/bot.ts";
import { doTurn } from "../bot/turn.ts";
import { databaseDeadline, logDatabaseFailure } from "../database/database.ts";
import { Constants } from "../database/database.constants.ts";
import { logFailed } from "../log/log.ts";
import { confirmSend } from "../outbox/confirm_send.ts";
import type { SendCounts } from "../outbox/preview_sends.ts";

/** What was done. */
export interface DoneWork {
  /** `done`: nothing is due any more. `more`: time ran out while work may still be due. */
  status: "done" | "more" | "database_failed";
  /** Turns that ended in a reply or a hand-off. */
  turns: number;
  sends: SendCounts;
  /** Whether Twilio could not be reached. Unconfirmed sends then wait for a later run. */
  isTwilioUnreachable: boolean;
}

const DueWorkKind = z.enum(Constants.public.Enums.recruiting_due_work_kind);

const DueItem = z.discriminatedUnion("kind", [
  z.object({ kind: DueWorkKind.extract(["turn"]), conversation_id: z.string() }),
  z.object({
    kind: DueWorkKind.extract(["send"]),
    conversation_id: z.string(),
    message_id: z.string(),
  }),
]);

type DueItem = z.infer<typeof DueItem>;

/** What `recruiting_claim_due_work` returns: at most one row. */
const ClaimedItems = z.array(DueItem).max(1);

/**
 * Does due work item by item, the longest overdue first.
 *
 * @param bot Dependencies of turns and sends.
 * @param durationMs Milliseconds after which no further item is begun.
 * @param isTwilioUnreachable Whether the caller knows that Twilio cannot be reached: then only turns are
 *   done.
 */
export async function doDueWork(
  bot: Bot,
  durationMs: number,
  isTwilioUnreachable = false,
): Promise<DoneWork> {
  const { callDatabase, configuration, log, outbox } = bot;
  const endsAt = performance.now() + durationMs;
  const report: DoneWork = {
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
        only_turns: report.isTwilioUnreachable,
      },
      ClaimedItems,
      databaseDeadline(),
    );
    if (!claimed.ok) {
      logDatabaseFailure(log, claimed.failure, {});
      return { ...report, status: "database_failed" };
    }
    const [item] = claimed.data;
    if (!item) return { ...report, status: "done" };
    try {
      await doItem(item, token, bot, report);
    } catch (error) {
      // An error in one item does not stop the others. The item is due again when its lease expires.
      logFailed(log, error, { conversation_id: item.conversation_id });
    }
  }
  return report;
}

/** Does one claimed item, and counts its result in `report`. Other results are not reported. */
async function doItem(item: DueItem, token: string, bot: Bot, report: DoneWork): Promise<void> {
  switch (item.kind) {
    case "turn": {
      const turn = await doTurn(item.conversation_id, bot, token);
      if (turn.kind === "answered") report.turns++;
      return;
    }
    case "send": {
      const { kind } = await confirmSend(item.message_id, bot, token);
      switch (kind) {
        case "confirmed":
        case "failed":
          report.sends[kind]++;
          return;
        case "retry":
          report.sends.sent_again++;
          return;
        case "twilio_unreachable":
          report.isTwilioUnreachable = true;
      }
    }
  }
}
