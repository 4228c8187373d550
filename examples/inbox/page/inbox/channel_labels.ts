/**
 * The channels' names on the page.
 *
 * @module
 */

/** A channel's name, by its value in the database. */
export const CHANNEL_LABELS: Record<string, string> = {
  sms: "SMS",
  whatsapp: "WhatsApp",
  rcs: "RCS",
  messenger: "Messenger",
};
