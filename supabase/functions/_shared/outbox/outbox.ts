/**
 * The outbox: the one way of every message to a recruit.
 *
 * 1. The database begins the message: it checks the rules and writes the row.
 * 2. `deliver` calls Twilio within seconds and records the answer.
 * 3. A send whose outcome stays unknown is unconfirmed. In a later run, `confirmSend` compares it with
 *    Twilio's list.
 *
 * @module
 */
import { z } from "zod/v3";
import { CHANNELS } from "../twilio/channel_address.ts";
import type { CallDatabase } from "../database/database.ts";
import { loadOnce } from "../worker/load_once.ts";
import type { Log } from "../log/log.ts";
import type { SendingConfiguration } from "./sending_configuration.ts";
import type { TwilioContent } from "./twilio_content.ts";
import { openTwilioMessages, type TwilioMessages } from "./twilio_messages.ts";

/** Dependencies of sending. */
export interface Outbox {
  configuration: SendingConfiguration;
  callDatabase: CallDatabase;
  log: Log;
  /** Loads Twilio's SDK at the first call. Rejects if it cannot be loaded. */
  twilio(): Promise<TwilioMessages>;
  /** Loads the call that reads templates, at the first one. Rejects if it cannot be loaded. */
  content(): Promise<TwilioContent>;
  /** Seconds after which another worker may claim an unconfirmed send. */
  leaseSeconds: number;
}

/** Between whom a message goes: the addresses that Twilio is called with, without the channel's prefix. */
export const Parties = z.object({
  channel: z.enum(CHANNELS),
  recruit_phone: z.string(),
  twilio_phone: z.string(),
});

/** Makes an outbox. Twilio's SDK is loaded at the first send. */
export function createOutbox(
  configuration: SendingConfiguration,
  callDatabase: CallDatabase,
  log: Log,
): Outbox {
  return {
    configuration,
    callDatabase,
    log,
    twilio: loadOnce(() => openTwilioMessages(configuration)),
    content: loadOnce(async () => {
      const { openTwilioContent } = await import("./twilio_content.ts");
      return await openTwilioContent(configuration);
    }),
    leaseSeconds: configuration.confirmAfterSeconds + configuration.confirmGapSeconds,
  };
}
