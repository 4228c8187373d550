/**
 * What no API sets, and where Twilio's console has it.
 *
 * @see https://console.twilio.com
 * @module
 */
import { webhookUrl } from "../project/webhook_urls.ts";

/** A setting of the console. */
export interface ConsoleSetting {
  what: string;
  /** The way through the console's menu. */
  where: string;
  /** The URL to set. It may hold a password. */
  url: string;
}

/**
 * Lists the settings that only the console has. The debugger's webhook is not known to take connection overrides.
 *
 * @see https://www.twilio.com/docs/usage/troubleshooting/debugging-event-webhooks
 */
export function consoleSettings(functionsUrl: string): ConsoleSetting[] {
  const texts = webhookUrl(functionsUrl, "sms-inbound");
  return [
    {
      what: "debugger",
      where: "Monitor, Logs, Errors, Webhook",
      url: `${functionsUrl}/twilio-events`,
    },
    { what: "Messenger", where: "Messaging, Senders, Facebook Messenger, the sender", url: texts },
    { what: "RCS", where: "Messaging, Senders, RCS, the sender", url: texts },
  ];
}
