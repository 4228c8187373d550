/**
 * The stand-ins for what is not Supabase: Twilio's API and the model.
 *
 * @module
 */
import { startModel } from "../model/model.ts";
import { accountOf } from "../twilio/account.ts";
import { startTwilio } from "../twilio/twilio.ts";
import { apiUrl, type Ports } from "../settings/addresses.ts";

/** What the stand-ins are started with. */
export interface StandInOptions {
  ports: Ports;
  /** Where they listen; 127.0.0.1 unless said otherwise. */
  hostname?: string;
  /** The settings of the functions that they serve. */
  settings: Record<string, string>;
  /** Multiplies the time that messages take to go out and to be delivered; 1, if absent. */
  pace?: number;
  /** The file that keeps the log of Twilio's stand-in, if it is to outlive the process. */
  twilioLogFile?: string;
}

/**
 * Starts both.
 *
 * @returns What stops them.
 * @throws {Error} If a port is in use; nothing keeps running then.
 */
export async function startStandIns(
  { ports, hostname, settings, pace, twilioLogFile }: StandInOptions,
): Promise<() => Promise<void>> {
  const twilio = await startTwilio({
    ...accountOf(settings),
    port: ports.twilio,
    hostname,
    pace,
    logFile: twilioLogFile,
    webhookUrl: `${apiUrl(ports)}/functions/v1/sms-inbound`,
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
