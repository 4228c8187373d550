/**
 * Twilio's REST API, through Twilio's own SDK. The SDK is loaded at its first use, and of it only the client and the
 * Messages resource: the classes of all resources take 60 ms more.
 *
 * @see https://www.twilio.com/docs/messaging/api
 * @module
 */
import { Agent } from "node:http";
import type Version from "twilio/lib/base/Version.js";
import type V2010 from "twilio/lib/rest/api/V2010.js";
import type { MessageListInstance } from "twilio/lib/rest/api/v2010/account/message.js";
import { storableText } from "../database/storable_text.ts";
import { errorName } from "../log/log.ts";
import { withoutUserInfos } from "../webhook/url_password.ts";

/** A Twilio account and its credentials. */
export interface TwilioAccount {
  accountSid: string;
  /** The account's SID, or an API key. */
  username: string;
  /** The auth token, or the API key's secret. */
  password: string;
  /** The API's base URL; undefined for Twilio's own. */
  apiBaseUrl: string | undefined;
}

/** The parts of the SDK's client that are loaded. */
export interface TwilioClient {
  /** The account's messages. */
  messages: MessageListInstance;
  /** The messages of an account, which may be a subaccount. */
  messagesOf(accountSid: string): MessageListInstance;
  /** A version of a product's API, which the SDK's class of a resource takes. */
  version(product: string, version: string): Version.default;
}

/** Makes a client of the SDK whose calls are given up after `timeoutMs` milliseconds. */
export type TwilioClients = (timeoutMs: number) => TwilioClient;

/** Why a call failed. */
export type TwilioFailure =
  /** Twilio refuses the call. */
  | { kind: "refused"; httpStatus: number; errorCode: string; errorMessage: string }
  /**
   * Twilio has not done it, and another attempt may succeed: too many requests, or no connection was made.
   * `afterMs` is the pause that Twilio asks for.
   */
  | { kind: "try_again"; errorCode: string; errorMessage: string; afterMs: number | undefined }
  /** Twilio may have done it: a 5xx answer, a broken connection, no answer in time. */
  | { kind: "unknown"; reason: string };

/** The error codes of a connection that was not made. */
const NOT_CONNECTED = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"];

/** Twilio's error for too many requests. @see https://www.twilio.com/docs/api/errors/20429 */
const TOO_MANY_REQUESTS = "20429";

/**
 * Loads the SDK.
 *
 * @throws {Error} If it cannot be loaded. The next call may succeed, except for a missing module or an error
 *   in a module's code: Deno keeps these until the worker ends.
 */
export async function openTwilioApi(
  { accountSid, username, password, apiBaseUrl }: TwilioAccount,
): Promise<TwilioClients> {
  const [
    { default: { Client } },
    { default: RequestClient },
    { default: { default: Domain } },
    { default: { default: Version } },
    { MessageListInstance },
  ] = await Promise.all([
    import("twilio/lib/base/BaseTwilio.js"),
    import("twilio/lib/base/RequestClient.js"),
    import("twilio/lib/base/Domain.js"),
    import("twilio/lib/base/Version.js"),
    import("twilio/lib/rest/api/v2010/account/message.js"),
  ]);

  /** Keeps the header Retry-After, which the SDK's errors leave out. */
  class Http extends RequestClient {
    constructor(timeout: number) {
      super({ timeout, keepAlive: false });
      // The SDK sets the agent for https only.
      this.axios.defaults.httpAgent = new Agent({ keepAlive: false });
    }

    override async request<Data>(options: Parameters<typeof RequestClient.prototype.request>[0]) {
      const response = await super.request<Data>(options as never);
      if (response.statusCode === 429) throw new TooManyRequests(response.headers["retry-after"]);
      return response;
    }
  }

  return (timeoutMs) => {
    const client = new Client(username, password, {
      accountSid,
      // No connection is reused: on one that broke, the HTTP client repeats the request by itself, and the
      // recruit would get the text twice.
      httpClient: new Http(timeoutMs),
    });
    const version: TwilioClient["version"] = (product, version) =>
      new Version(new Domain(client, apiBaseUrl || `https://${product}.twilio.com`), version);
    const messagesOf: TwilioClient["messagesOf"] = (accountSid) =>
      MessageListInstance(version("api", "2010-04-01") as V2010.default, accountSid);
    return { messages: messagesOf(accountSid), messagesOf, version };
  };
}

/** Reads a date of the SDK's, which is a text where its form is unexpected. Undefined if it is no date. */
export function dateOf(value: Date | string | null | undefined): Date | undefined {
  const date = new Date(value ?? NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

class TooManyRequests extends Error {
  constructor(readonly retryAfter: string | undefined) {
    super("Too many requests");
  }
}

/**
 * Limits a call. The SDK's own timeout counts from the last byte; this one counts from the call.
 *
 * @throws {DOMException} `TimeoutError` when the time has run out.
 */
export async function within<Value>(ms: number, call: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DOMException("No answer in time", "TimeoutError")), ms);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Reads from a thrown error why a call failed. The result quotes nothing of what was sent. */
export function failureOf(error: unknown): TwilioFailure {
  if (error instanceof TooManyRequests) {
    const seconds = Number(error.retryAfter);
    return {
      kind: "try_again",
      errorCode: TOO_MANY_REQUESTS,
      errorMessage: error.message,
      afterMs: error.retryAfter && seconds >= 0 ? seconds * 1000 : undefined,
    };
  }
  const { status, code, message } = error as Record<string, unknown>;
  if (typeof status === "number" && status >= 400 && status < 500) {
    return {
      kind: "refused",
      httpStatus: status,
      // The code is logged, so only a number is taken: a text could hold anything.
      errorCode: String(typeof code === "number" ? code : status),
      errorMessage: typeof message === "string"
        ? withoutUserInfos(storableText(message))
        : `HTTP ${status}`,
    };
  }
  if (typeof code === "string" && NOT_CONNECTED.includes(code)) {
    return {
      kind: "try_again",
      errorCode: code,
      errorMessage: "Twilio could not be reached",
      afterMs: undefined,
    };
  }
  const reason = [typeof status === "number" ? `HTTP ${status}` : errorName(error), code].filter(
    Boolean,
  );
  return { kind: "unknown", reason: reason.join(" ") };
}
