/**
 * The bot, and how it is made.
 *
 * @module
 */
import type { CallDatabase } from "../database/database.ts";
import type { Log } from "../log/log.ts";
import { createOutbox, type Outbox } from "../outbox/outbox.ts";
import type { BotConfiguration } from "./bot_configuration.ts";

/** Dependencies of a turn. */
export interface Bot {
  configuration: BotConfiguration;
  callDatabase: CallDatabase;
  log: Log;
  /** Undefined if sending is not configured. */
  outbox: Outbox | undefined;
}

/** Makes a bot. Twilio's SDK and the model's client are loaded at their first use. */
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
