/**
 * Twilio's client for the tools, with the account of a project.
 *
 * @module
 */
import twilio, { type Twilio } from "twilio";
import type { Env } from "../../supabase/functions/_shared/configuration/environment.ts";

/** The longest time of a call, in ms. */
const TIMEOUT_MS = 15_000;

/** The products whose addresses follow TWILIO_API_BASE_URL, where it is set. */
const PRODUCTS = ["api", "content", "events", "messaging", "monitor"] as const;

/**
 * Makes a client with the API key of the variables, else with the auth token.
 *
 * @param env The functions' variables.
 * @throws {Error} If credentials are missing. The message names the variable.
 */
export function openTwilio(env: Env): Twilio {
  const { TWILIO_ACCOUNT_SID: accountSid = "", TWILIO_API_KEY: apiKey } = env;
  const [username, password, variable] = apiKey
    ? [apiKey, env.TWILIO_API_KEY_SECRET, "TWILIO_API_KEY_SECRET"]
    : [accountSid, env.TWILIO_AUTH_TOKEN, "TWILIO_AUTH_TOKEN"];
  if (!/^AC[0-9a-zA-Z]{32}$/.test(accountSid)) {
    throw new Error("TWILIO_ACCOUNT_SID must be AC and 32 letters or digits");
  }
  if (!password) throw new Error(`${variable} is not set`);
  const client = twilio(username, password, {
    accountSid,
    timeout: TIMEOUT_MS,
    autoRetry: true,
  });
  if (env.TWILIO_API_BASE_URL) {
    for (const product of PRODUCTS) {
      client[product].baseUrl = productUrl(env.TWILIO_API_BASE_URL, product);
    }
  }
  return client;
}

/**
 * Returns the base URL of a product. Each product has a host of its own at Twilio, also in a region; any other
 * host, such as the stand-in's, serves all products.
 *
 * @param apiBaseUrl The base URL of the product `api`.
 * @see https://www.twilio.com/docs/global-infrastructure/using-the-twilio-rest-api-in-a-non-us-region
 */
export function productUrl(apiBaseUrl: string, product: string): string {
  const url = apiBaseUrl.replace(/\/+$/, "");
  return url.replace(/^(https?:\/\/)api(\.(?:[\w-]+\.)*twilio\.com)$/i, `$1${product}$2`);
}
