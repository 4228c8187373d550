/**
 * Puts a bot together.
 *
 * @module
 */
import type { CallDatabase } from "../database/database.ts";
import type { Log } from "../log/log.ts";
import { createOutbox } from "../outbox/outbox.ts";
import type { BotConfiguration } from "./bot_configuration.ts";
import type { Bot } from "./turn.ts";

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
    outbox: sending && createOutbox(sending, callDatabase, log),
  };
}
