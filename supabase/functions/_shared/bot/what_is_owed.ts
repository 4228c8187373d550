/**
 * What is to be done after a text was taken in: its own reply, and what other workers have left.
 *
 * @module
 */
import type { CallDatabase } from "../database.ts";
import type { Log } from "../log.ts";
import { doDueWork } from "../due_work/do_due_work.ts";
import { createSender } from "../send/send.ts";
import type { BotConfiguration } from "./bot_configuration.ts";
import { type Bot, takeTurns } from "./turn.ts";

/** What the database has handed out. */
export interface Owed {
  /** Whose reply is due, and in how many ms. */
  reply?: { conversationId: string; dueInMs: number };
  /** A conversation whose turn nobody has taken. */
  overdueConversationId?: string;
  /** A message whose send was interrupted. */
  unsettledMessageId?: string;
}

/** Makes a bot. Twilio's SDK and the model's are loaded when they are needed first. */
export function createBot(
  configuration: BotConfiguration,
  callDatabase: CallDatabase,
  log: Log,
): Bot {
  const { sending } = configuration;
  return {
    configuration,
    callDatabase,
    log,
    sender: sending && createSender(sending, callDatabase, log),
  };
}

/** How long a webhook's worker does due work that is not its own text's, in ms. */
const DUE_WORK_MS = 10_000;

/** Answers the text, and then does what is due. */
export async function doWhatIsOwed(
  { reply, overdueConversationId, unsettledMessageId }: Owed,
  bot: Bot,
): Promise<void> {
  if (reply) await takeTurns(reply.conversationId, reply.dueInMs, bot);
  if (overdueConversationId || unsettledMessageId) await doDueWork(bot, DUE_WORK_MS);
}
