/**
 * A stand-in for Twilio of a test's own, with the real SDK and a webhook that listens.
 *
 * @module
 */
import { createRequire } from "node:module";
import type twilio from "twilio";
import type { MessageListInstanceCreateOptions } from "twilio/lib/rest/api/v2010/account/message.js";
import { validateRequest } from "twilio/lib/webhooks/webhooks.js";
import type {
  DeliveredText,
  LostText,
  TextDelivery,
} from "../../local/stand_ins/twilio/inbound_texts.ts";
import { startTwilio } from "../../local/stand_ins/twilio/twilio.ts";
import { AUTH_TOKEN, newPhone } from "./twilio.ts";

export const ACCOUNT_SID = `AC${"0".repeat(32)}`;
export const OUR_NUMBER = "+15550100000";

/** A Messaging Service of the account. */
export const SERVICE = `MG${"2".repeat(32)}`;

/** A pace at which nothing goes out while a test looks. */
export const FOREVER = 10_000;

/** A post that the webhook got. */
export interface Post {
  path: string;
  form: Record<string, string>;
  headers: Headers;
  /** Whether Twilio's SDK finds the signature right. */
  isSigned: boolean;
}

/** Dependencies of a test. */
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

const require = createRequire(import.meta.url);

/** Twilio's client for an address. Only a test that has one loads the SDK: that takes longer than most tests. */
export function clientFor(url: string, user = ACCOUNT_SID, password = AUTH_TOKEN): twilio.Twilio {
  const sdk: typeof twilio = require("twilio");
  const client = sdk(user, password, { accountSid: ACCOUNT_SID });
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
  let client: twilio.Twilio | undefined;
  try {
    await use({
      url,
      get client() {
        return client ??= clientFor(url);
      },
      webhook,
      posts,
      stop: stopOnce,
    });
  } finally {
    await stopOnce();
    await receiver.shutdown();
  }
}

/** The address of the messages, without ".json". */
export const messagesUrl = (url: string) => `${url}/2010-04-01/Accounts/${ACCOUNT_SID}/Messages`;

const authorization = `Basic ${btoa(`${ACCOUNT_SID}:${AUTH_TOKEN}`)}`;

/** A text that nothing is wrong with. */
export function text(fields: Partial<MessageListInstanceCreateOptions> = {}) {
  return { to: newPhone(), from: OUR_NUMBER, body: "Hello", ...fields };
}

/** The HTTP status and Twilio's code that a call is refused with. */
export async function refusal(call: Promise<unknown>): Promise<unknown[]> {
  try {
    await call;
  } catch (error) {
    const { status, code } = error as { status?: number; code?: number | string };
    return [status, code];
  }
  return [];
}

/** Creates a message without the SDK, which does not let everything through. */
export async function create(url: string, form: [string, string][], signal?: AbortSignal) {
  const response = await fetch(`${messagesUrl(url)}.json`, {
    method: "POST",
    headers: { authorization },
    body: new URLSearchParams(form),
    signal,
  });
  return { status: response.status, headers: response.headers, json: await response.json() };
}

/** What a path of Twilio's API answers, without the SDK. */
export async function get(url: string) {
  const response = await fetch(url, { headers: { authorization } });
  return await response.json();
}

/** The statuses that callbacks have told of a message, oldest first. */
export function statusesOf({ posts }: StandIn, sid: string): string[] {
  return posts.filter(({ form }) => form.MessageSid === sid).map(({ form }) => form.MessageStatus);
}

/** Asks whether a message has been delivered. */
export function isDelivered(standIn: StandIn, sid: string): () => Promise<boolean> {
  return async () => (await standIn.client.messages(sid).fetch()).status === "delivered";
}

/** Texts from a recruit's phone, and gets the webhook's answer. */
export async function textFrom(
  standIn: Pick<StandIn, "url">,
  fields: Record<string, unknown>,
): Promise<DeliveredText> {
  const delivery = await textOrLose(standIn, fields);
  if (delivery.is_lost) throw new Error(`The webhook of ${delivery.message_sid} is lost`);
  return delivery;
}

/** Puts a text into Twilio's log, without a webhook. */
export async function loseText(
  standIn: Pick<StandIn, "url">,
  fields: Record<string, unknown>,
): Promise<LostText> {
  const delivery = await textOrLose(standIn, { is_lost: true, ...fields });
  if (!delivery.is_lost) throw new Error(`The webhook of ${delivery.message_sid} is not lost`);
  return delivery;
}

/** Texts from a recruit's phone, whether or not a webhook gets it. */
export async function textOrLose(
  { url }: Pick<StandIn, "url">,
  fields: Record<string, unknown>,
): Promise<TextDelivery> {
  const response = await fetch(`${url}/phone/texts`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(fields),
  });
  const json = await response.json();
  if (!response.ok) throw new Error(`${response.status} ${json.message}`);
  return json;
}
