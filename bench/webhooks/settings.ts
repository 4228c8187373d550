/**
 * What every contender is configured with.
 *
 * @module
 */
import { SECRET_KEY } from "../../local/settings/keys.ts";

/** The account whose webhooks are signed. */
export const ACCOUNT_SID = `AC${"0".repeat(32)}`;

/** The key that signs. */
export const AUTH_TOKEN = "0123456789abcdef0123456789abcdef";

/** The base URL that Twilio calls. */
export const WEBHOOK_BASE_URL = "https://recruiting.example/functions/v1";

/**
 * Makes the environment of a contender's functions.
 *
 * @param supabaseUrl The address of its REST endpoint.
 */
export function contenderEnvironment(supabaseUrl: string): Record<string, string> {
  return {
    SUPABASE_URL: supabaseUrl,
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: SECRET_KEY }),
    TWILIO_ACCOUNT_SID: ACCOUNT_SID,
    TWILIO_AUTH_TOKEN: AUTH_TOKEN,
    TWILIO_WEBHOOK_BASE_URL: WEBHOOK_BASE_URL,
  };
}
