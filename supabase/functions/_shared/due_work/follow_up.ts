/**
 * What a worker does after it has answered Twilio: the reply to the text that it received, and then
 * other due work.
 *
 * @module
 */
import type { Bot } from "../bot/bot.ts";
import { doTurns } from "../bot/turn.ts";
import { doDueWork } from "./do_due_work.ts";

/** What the database asks the worker to do. */
export interface FollowUp {
  /** The pending reply of the text's conversation; undefined if there is none. */
  reply?: {
    conversationId: string;
    /** Milliseconds until the reply is due. */
    dueInMs: number;
  };
  /** Whether other work is due that no worker holds. */
  isWorkDue: boolean;
}

/** How long a webhook's worker does other due work, in ms: its CPU time is for webhooks. */
const DUE_WORK_MS = 10_000;

/** Does the follow-up. Where a schedule calls sms-reconcile, other work is rarely due. */
export async function doFollowUp({ reply, isWorkDue }: FollowUp, bot: Bot): Promise<void> {
  if (reply) await doTurns(reply.conversationId, reply.dueInMs, bot);
  if (isWorkDue) await doDueWork(bot, DUE_WORK_MS);
}
