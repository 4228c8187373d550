/**
 * A stand-in for Twilio of a test's own, with the real SDK and a webhook that listens.
 *
 * @module
 */
import twilio from "twilio";
import { validateRequest } from "twilio/lib/webhooks/webhooks.js";
import { startTwilio } from "../../local/twilio/twilio.ts";
import { AUTH_TOKEN } from "./twilio.ts";

export const ACCOUNT_SID = `AC${"0".repeat(32)}`;
export const OUR_NUMBER = "+15550100000";

/** A post that the webhook got. */
export interface Post {
  path: string;
  form: Record<string, string>;
  headers: Headers;
  /** Whether Twilio's SDK finds the signature right. */
  isSigned: boolean;
}

/** What a test works with. */
export interface StandIn {
  url: string;
  /** Twilio's own client, which calls the stand-in. */
  client: twilio.Twilio;
  /** Where the webhook listens, for StatusCallback. */
  webhook: string;
  /** What the webhook got, oldest first. */
  posts: Post[];
  /** Ends the stand-in before the test does. */
  stop(): Promise<void>;
}

/** Twilio's client for an address. */
export function clientFor(url: string, user = ACCOUNT_SID, password = AUTH_TOKEN): twilio.Twilio {
  const client = twilio(user, password, { accountSid: ACCOUNT_SID });
  client.api.baseUrl = url;
  return client;
}

/**
 * Runs a test with a stand-in.
 *
 * @param pace Multiplies the time that deliveries take.
 * @param logFile Where its log is kept, if it is to outlive the stand-in.
 */
export async function withTwilio(
  use: (standIn: StandIn) => Promise<void>,
  pace = 0.01,
  logFile?: string,
): Promise<void> {
  const posts: Post[] = [];
  const receiver = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (r) => {
    const form = Object.fromEntries(new URLSearchParams(await r.text()));
    const isSigned = validateRequest(
      AUTH_TOKEN,
      r.headers.get("x-twilio-signature") ?? "",
      r.url,
      form,
    );
    posts.push({ path: new URL(r.url).pathname, form, headers: r.headers, isSigned });
    return Response.json({ status: "received" });
  });
  const webhook = `http://127.0.0.1:${receiver.addr.port}`;
  const { url, stop } = await startTwilio({
    accountSid: ACCOUNT_SID,
    authToken: AUTH_TOKEN,
    apiKey: { sid: `SK${"1".repeat(32)}`, secret: "an-api-key-secret" },
    signingToken: AUTH_TOKEN,
    port: 0,
    webhookUrl: `${webhook}/sms-inbound`,
    pace,
    logFile,
  });
  let isStopped = false;
  const stopOnce = async () => {
    if (!isStopped) await stop();
    isStopped = true;
  };
  try {
    await use({ url, client: clientFor(url), webhook, posts, stop: stopOnce });
  } finally {
    await stopOnce();
    await receiver.shutdown();
  }
}
