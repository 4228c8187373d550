/**
 * Runs `twilio configure` in this process, on a stand-in of its own.
 *
 * @module
 */
import type { Twilio } from "twilio";
import { UsageError } from "../../local/command_line/usage_error.ts";
import { configure, type ExitCode } from "../../local/configure/configure.ts";
import type { ConfigureOptions } from "../../local/configure/options.ts";
import type { Output } from "../../local/configure/output.ts";
import type { Project } from "../../local/project/project.ts";
import { openTwilio } from "../../local/project/twilio_client.ts";
import { DEFAULT_OVERRIDES } from "../../supabase/functions/_shared/configuration/environment.ts";
import { AUTH_TOKEN } from "./twilio.ts";
import { ACCOUNT_SID, withTwilio } from "./twilio_stand_in.ts";

/** The base URL of the functions in these tests. Its password must never be printed. */
export const FUNCTIONS_URL = "https://hook:a-base-url-password@project.example/functions/v1";

/** What the tool may print of it. */
export const SHOWN_URL = "https://project.example/functions/v1";

/** A webhook's URL, as Twilio must have it. */
export const webhook = (name: string) => `${FUNCTIONS_URL}/${name}#${DEFAULT_OVERRIDES}`;

/** What a run printed. */
export interface Ran {
  code: ExitCode;
  out: string;
  err: string;
}

/** How a run differs from one without a terminal. */
export interface RunOptions {
  /** The answer to the question; without it there is no terminal. */
  answer?: boolean;
  /** The width of the terminal. */
  columns?: number;
  /** Further variables. */
  env?: Record<string, string>;
  /** Another client, such as one that fails. */
  twilio?: Twilio;
}

/** An account on a stand-in. */
export interface Account {
  url: string;
  twilio: Twilio;
  /** Runs the command, with the exit code and the message that `runTask` gives an error. */
  run(options: ConfigureOptions, how?: RunOptions): Promise<Ran>;
}

/** Everything that any run has printed. */
export const printed: string[] = [];

/** Runs a test with an account of its own. */
export function withAccount(use: (account: Account) => Promise<void>): Promise<void> {
  return withTwilio(async ({ url }) => {
    const env = {
      TWILIO_ACCOUNT_SID: ACCOUNT_SID,
      TWILIO_AUTH_TOKEN: AUTH_TOKEN,
      TWILIO_API_BASE_URL: url,
      TWILIO_WEBHOOK_BASE_URL: FUNCTIONS_URL,
    };
    const twilio = openTwilio(env);
    await use({
      url,
      twilio,
      run: async (options, { answer, columns, env: more, twilio: other } = {}) => {
        const out: string[] = [];
        const err: string[] = [];
        const output: Output = {
          print: (line) => void out.push(line),
          printError: (line) => void err.push(line),
          columns,
          ask: answer === undefined ? undefined : (question) => {
            out.push(question);
            return answer;
          },
        };
        try {
          const code = await configure(options, {
            project: projectOf({ ...env, ...more }, options.url),
            twilio: other ?? twilio,
            output,
            withProgress: (_, work) => work({ show: () => {} }),
          });
          return { code, out: out.join("\n"), err: err.join("\n") };
        } catch (error) {
          if (!(error instanceof Error)) throw error;
          err.push(`error: ${error.message}`);
          const code = error instanceof UsageError ? 2 : 1;
          return { code, out: out.join("\n"), err: err.join("\n") };
        } finally {
          printed.push(...out, ...err);
        }
      },
    });
  });
}

function projectOf(env: Record<string, string>, url: string | undefined): Project {
  return {
    isLocal: false,
    supabaseUrl: "https://project.example",
    functionsUrl: url ?? FUNCTIONS_URL,
    envFile: "supabase/functions/.env.test",
    env,
    secretKey: undefined,
  };
}

/** Adds a number to the account. @returns Its SID. */
export async function addNumber(twilio: Twilio, phoneNumber: string): Promise<string> {
  return (await twilio.incomingPhoneNumbers.create({ phoneNumber })).sid;
}

/** Adds a service with numbers in its pool. @returns Its SID. */
export async function addService(twilio: Twilio, ...numberSids: string[]): Promise<string> {
  const { sid } = await twilio.messaging.v1.services.create({ friendlyName: "Recruiting" });
  for (const phoneNumberSid of numberSids) {
    await twilio.messaging.v1.services(sid).phoneNumbers.create({ phoneNumberSid });
  }
  return sid;
}

/** Adds a WhatsApp sender to the account. The SDK has no create that spells its members as Twilio does. @returns Its SID. */
export async function addSender(twilio: Twilio, sender: object): Promise<string> {
  const { body } = await twilio.request({
    method: "post",
    uri: `${twilio.messaging.baseUrl}/v2/Channels/Senders`,
    headers: { "Content-Type": "application/json" },
    data: sender,
  });
  return (typeof body === "string" ? JSON.parse(body) : body).sid;
}

/** Returns everything of the account that the command could change, with the times of the last changes. */
export async function wholeAccount({ incomingPhoneNumbers, messaging, events }: Twilio) {
  const subscriptions = await events.v1.subscriptions.list();
  const lists = await Promise.all([
    incomingPhoneNumbers.list(),
    messaging.v1.services.list(),
    messaging.v2.channelsSenders.list({ channel: "whatsapp" }),
    events.v1.sinks.list(),
    ...subscriptions.map(({ sid }) => events.v1.subscriptions(sid).subscribedEvents.list()),
  ]);
  return [...lists, subscriptions].map((list) => list.map((resource) => resource.toJSON()));
}

/** A call that changes something, and fails. */
export type FailingAt = "before" | "after";

/**
 * Makes a client whose nth changing call fails, counted from 1: before it was made, or after Twilio has done what it
 * asks, as when the answer is lost.
 */
export function failingClient(url: string, nth: number, when: FailingAt): Twilio {
  const twilio = openTwilio({
    TWILIO_ACCOUNT_SID: ACCOUNT_SID,
    TWILIO_AUTH_TOKEN: AUTH_TOKEN,
    TWILIO_API_BASE_URL: url,
  });
  const { httpClient } = twilio;
  const request = httpClient.request.bind(httpClient);
  let changes = 0;
  httpClient.request = async (options) => {
    const isNth = options.method.toLowerCase() !== "get" && ++changes === nth;
    if (isNth && when === "before") throw new Error("socket hang up");
    const answer = await request(options);
    if (isNth) throw new Error("socket hang up");
    return answer;
  };
  return twilio;
}

/** Makes a client whose changing calls succeed and change nothing. */
export function deafClient(url: string): Twilio {
  const twilio = failingClient(url, 0, "before");
  const { httpClient } = twilio;
  const request = httpClient.request.bind(httpClient);
  httpClient.request = (options) => request({ ...options, method: "get" });
  return twilio;
}

/** Makes a client to which Twilio answers the list of Webhook Rules, which the stand-in does not have. */
export function clientWithRules(url: string, rules: object[]): Twilio {
  const twilio = failingClient(url, 0, "before");
  const { httpClient } = twilio;
  const request = httpClient.request.bind(httpClient);
  const answer = JSON.stringify({ rules, meta: { pageSize: 50 } });
  httpClient.request = async (options) => {
    const answered = await request(options);
    return options.uri === `${url}/v1/Webhooks/Rules`
      ? Object.assign(answered, { statusCode: 200, body: answer })
      : answered;
  };
  return twilio;
}
