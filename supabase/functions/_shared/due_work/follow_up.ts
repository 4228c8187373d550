/**
 * What a worker does after it has answered Twilio: its own text's reply, and then other due work.
 *
 * @module
 */
import { type Bot, takeTurns } from "../bot/turn.ts";
import { doDueWork } from "./do_due_work.ts";

/** What the database says is to be done. */
export interface FollowUp {
  /** The pending reply of the text's conversation, and the time until it is due, in ms. */
  reply?: { conversationId: string; dueInMs: number };
  /** Whether work is due that no worker holds. */
  isWorkDue: boolean;
}

/** How long a webhook's worker does other due work, in ms: its CPU is the webhooks'. */
const DUE_WORK_MS = 10_000;

/** Does it. Where a schedule calls sms-reconcile, hardly anything is due. */
export async function doFollowUp({ reply, isWorkDue }: FollowUp, bot: Bot): Promise<void> {
  if (reply) await takeTurns(reply.conversationId, reply.dueInMs, bot);
  if (isWorkDue) await doDueWork(bot, DUE_WORK_MS);
}
