/**
 * The outbox: the one way of every message to a recruit. The database begins the message and writes
 * its row, `deliver` calls Twilio once and records the answer, and `confirm` looks for a send whose
 * outcome is not known in Twilio's list, later.
 *
 * @module
 */
import { z } from "zod/v3";
import { CHANNELS } from "../twilio/channel_address.ts";
import type { CallDatabase } from "../database/database.ts";
import { loadOnce } from "../worker/load_once.ts";
import type { Log } from "../log/log.ts";
import type { SendingConfiguration } from "./sending_configuration.ts";
import { openTwilioMessages, type TwilioMessages } from "./twilio_messages.ts";

/** What sending works with. */
export interface Outbox {
  configuration: SendingConfiguration;
  callDatabase: CallDatabase;
  log: Log;
  twilio(): Promise<TwilioMessages>;
  /** After how long another worker may claim an unconfirmed send, in s. */
  leaseSeconds: number;
}

/** The addresses that Twilio is called with, without the channel's prefix. */
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
    leaseSeconds: configuration.confirmAfterSeconds + configuration.confirmGapSeconds,
  };
}

/** What each of the database's functions that begin a message is told about time, in s. */
export function beginTimes(
  { confirmAfterSeconds, statusCheckSeconds }: SendingConfiguration,
): { confirm_after_seconds: number; status_check_seconds: number } {
  return { confirm_after_seconds: confirmAfterSeconds, status_check_seconds: statusCheckSeconds };
}

/**
 * How the time before a send is looked for is shared out: the call begins within a sixth of it, 5 s
 * at most, and is given up after a third, 15 s at most.
 *
 * @returns Both in ms.
 */
export function callLimits(
  { confirmAfterSeconds }: SendingConfiguration,
): { beginMs: number; answerMs: number } {
  return {
    beginMs: Math.min(5_000, confirmAfterSeconds * 1000 / 6),
    answerMs: Math.min(15_000, confirmAfterSeconds * 1000 / 3),
  };
}
