/**
 * The demo page's settings: the stack's addresses, its agents and its recruits.
 *
 * @module
 */

/** The content of /settings.json. */
export interface DemoSettings {
  /** The gateway's address, for supabase-js. */
  apiUrl: string;
  /** The address of the stand-in for Twilio, which the recruit's phone calls. */
  twilioUrl: string;
  publishableKey: string;
  /** The address of Studio, which shows the tables. */
  studioUrl: string;
  /** The agents that a visitor can sign in as. */
  agents: { display_name: string; email: string; password: string }[];
  /** The recruits whose phone a visitor can choose. */
  recruits: Recruit[];
  /** The platform's number on each channel. */
  senders: Record<PhoneChannel, string>;
}

/** The channels that the phone has. */
export type PhoneChannel = "sms" | "whatsapp";

/** A recruit whose conversation exists, with addresses as Twilio writes them. */
export interface Recruit {
  name: string;
  phone: string;
  /** The platform's number that the conversation is with. */
  to: string;
  /** A sentence that says who answers the recruit. */
  about?: string;
}

/** The senders of supabase/seed.sql, with addresses as Twilio writes them; a test compares them. */
export const SENDERS: DemoSettings["senders"] = {
  sms: "+15550100000",
  whatsapp: "whatsapp:+15550100009",
};

/** The recruits of supabase/seed.sql; a test compares them. */
export const RECRUITS: Recruit[] = [
  {
    name: "Ada Example",
    phone: "+15550100001",
    to: SENDERS.sms,
    about: "A bot answers Ada.",
  },
  {
    name: "Ben Example",
    phone: "+15550100002",
    to: SENDERS.sms,
    about: "Ben waits for an agent: sign in and answer.",
  },
  {
    name: "Cleo Example",
    phone: "+15550100003",
    to: SENDERS.sms,
    about: "Cleo’s conversation is closed: her texts are stored, and no reply is pending.",
  },
  {
    name: "Dee Example",
    phone: "whatsapp:+15550100004",
    to: SENDERS.whatsapp,
    about: "A bot answers Dee, over WhatsApp.",
  },
];
