/**
 * The stand-ins for the services outside Supabase: Twilio's API and the model.
 *
 * @module
 */
import { startModel } from "../stand_ins/model/model.ts";
import { accountOf } from "../stand_ins/twilio/account.ts";
import { startTwilio } from "../stand_ins/twilio/twilio.ts";
import { apiUrl, type Ports } from "../settings/addresses.ts";

/** The options of the stand-ins. */
export interface StandInOptions {
  ports: Ports;
  /** The address to listen on; 127.0.0.1 by default. */
  hostname?: string;
  /** The functions' settings, with Twilio's account. */
  settings: Record<string, string>;
  /** The factor for the delivery times of Twilio's stand-in; 1 by default. */
  pace?: number;
  /** The file for the message log of Twilio's stand-in; without it the log is lost at the end. */
  twilioLogFile?: string;
}

/**
 * Starts both stand-ins.
 *
 * @returns A function that stops them.
 * @throws {Error} If a port is in use. No stand-in is left then.
 */
export async function startStandIns(
  { ports, hostname, settings, pace, twilioLogFile }: StandInOptions,
): Promise<() => Promise<void>> {
  const functionsUrl = `${apiUrl(ports)}/functions/v1`;
  const twilio = await startTwilio({
    ...accountOf(settings),
    port: ports.twilio,
    hostname,
    pace,
    logFile: twilioLogFile,
    functionsUrl,
    webhookUrl: `${functionsUrl}/sms-inbound`,
    eventsUrl: `${functionsUrl}/twilio-events`,
  });
  try {
    const model = await startModel({ port: ports.model, hostname });
    return async () => {
      await model.stop();
      await twilio.stop();
    };
  } catch (error) {
    await twilio.stop();
    throw error;
  }
}
