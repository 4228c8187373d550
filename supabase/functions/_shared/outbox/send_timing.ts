/**
 * How the seconds of a send are shared out. All of them follow from `confirmAfterSeconds`, after which
 * the send counts as unconfirmed and is compared with Twilio's list.
 *
 * @module
 */
import type { SendingConfiguration } from "./sending_configuration.ts";

/**
 * The arguments about time of every database function that begins a message.
 *
 * @returns Both in seconds.
 */
export function beginTimes(
  { confirmAfterSeconds, statusCheckSeconds }: SendingConfiguration,
): { confirm_after_seconds: number; status_check_seconds: number } {
  return { confirm_after_seconds: confirmAfterSeconds, status_check_seconds: statusCheckSeconds };
}

/** The limits of one Twilio API call, in ms. */
export interface CallLimits {
  /** The call starts at most so long after the database was asked to begin the message. */
  startMs: number;
  /** The call is given up so long after its start. */
  answerMs: number;
}

/**
 * Limits a call so that it has ended before its send is compared with Twilio's list.
 *
 * @returns A sixth of `confirmAfterSeconds` for the start, 5 s at most; a third for the answer, 15 s at most.
 */
export function callLimits({ confirmAfterSeconds }: SendingConfiguration): CallLimits {
  return {
    startMs: Math.min(5_000, confirmAfterSeconds * 1000 / 6),
    answerMs: Math.min(15_000, confirmAfterSeconds * 1000 / 3),
  };
}
