/**
 * What is to be done after a text was taken in: its own reply, and what other workers have left.
 *
 * @module
 */
import type { CallDatabase } from "../database.ts";
import type { Log } from "../log.ts";
import { createSender } from "../send/send.ts";
import { settle, settleLater } from "../send/settle.ts";
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

/** Does it all. */
export async function doWhatIsOwed(
  { reply, overdueConversationId, unsettledMessageId }: Owed,
  bot: Bot,
): Promise<void> {
  const results = await Promise.allSettled([
    reply && takeTurns(reply.conversationId, reply.dueInMs, bot),
    overdueConversationId && takeTurns(overdueConversationId, 0, bot),
    unsettledMessageId && takeUpSend(unsettledMessageId, bot),
  ]);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

/** Settles a send; a reply that is owed after it is this worker's, too. */
async function takeUpSend(messageId: string, bot: Bot): Promise<void> {
  if (!bot.sender) return;
  let outcome = await settle(messageId, bot.sender);
  if (outcome && "isOurs" in outcome && outcome.isOurs) {
    outcome = await settleLater(messageId, bot.sender);
  }
  if (outcome && "conversationId" in outcome && outcome.replyDueInMs !== null) {
    await takeTurns(outcome.conversationId, outcome.replyDueInMs, bot);
  }
}
