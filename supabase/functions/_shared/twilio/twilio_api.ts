/**
 * Twilio's REST API, with Twilio's own SDK, which is loaded when it is needed first: it costs 120 to
 * 220 ms.
 *
 * @see https://www.twilio.com/docs/messaging/api
 * @module
 */
import { Agent } from "node:http";
import type Twilio from "twilio/lib/rest/Twilio.js";
import { storableText } from "../database/storable_text.ts";

/** The account, and how to sign in. */
export interface TwilioAccount {
  accountSid: string;
  /** The account and its auth token, or an API key and its secret. */
  username: string;
  password: string;
  /** Where Twilio's API is, if it is not where the SDK looks. */
  apiBaseUrl: string | undefined;
}

/** Makes a client of the SDK whose calls get no answer after so many ms. */
export type TwilioClients = (timeoutMs: number) => Twilio;

/** Why a call has failed. */
export type TwilioFailure =
  /** Twilio will not do it. */
  | { kind: "refused"; httpStatus: number; errorCode: string; errorMessage: string }
  /** Surely not done, and may be tried again: too many requests, or no connection was made. */
  | { kind: "try_again"; errorCode: string; errorMessage: string; afterMs: number | undefined }
  /** Twilio may have done it: an error of theirs, a broken connection, no answer in time. */
  | { kind: "unknown"; reason: string };

/** What tells that no connection was made. */
const NOT_CONNECTED = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"];

/** Twilio's error for too many requests. @see https://www.twilio.com/docs/api/errors/20429 */
const TOO_MANY_REQUESTS = "20429";

/**
 * Loads the SDK.
 *
 * @throws {Error} If it cannot be loaded. The next call may succeed, unless Deno keeps the failure
 *   as long as the worker lives, as it does with a missing module and an error in a module's code.
 */
export async function openTwilioApi(
  { accountSid, username, password, apiBaseUrl }: TwilioAccount,
): Promise<TwilioClients> {
  const [{ default: Twilio }, { default: RequestClient }] = await Promise.all([
    import("twilio/lib/rest/Twilio.js"),
    import("twilio/lib/base/RequestClient.js"),
  ]);

  /** Keeps what the SDK's errors leave out: how long Twilio asks to wait. */
  class Http extends RequestClient {
    constructor(timeout: number) {
      super({ timeout, keepAlive: false });
      // The SDK asks for it over https only.
      this.axios.defaults.httpAgent = new Agent({ keepAlive: false });
    }

    override async request<Data>(options: Parameters<typeof RequestClient.prototype.request>[0]) {
      const response = await super.request<Data>(options as never);
      if (response.statusCode === 429) throw new TooManyRequests(response.headers["retry-after"]);
      return response;
    }
  }

  return (timeoutMs) => {
    const client = new Twilio(username, password, {
      accountSid,
      // No connection is used twice: on one that broke, a client sends the request again by itself,
      // and the recruit would get the text twice.
      httpClient: new Http(timeoutMs),
    });
    if (apiBaseUrl) client.api.baseUrl = apiBaseUrl;
    return client;
  };
}

/** Reads a date of the SDK's, which hands it on as text if it is not of the form that it expects. */
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
 * Limits a call: the SDK's timeout counts from the last byte, this one from the call.
 *
 * @throws {DOMException} `TimeoutError` when the time is over.
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

/** Reads why a call has failed from what it threw. Holds nothing of what was sent. */
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
  const { status, code, message, name } = error as Record<string, unknown>;
  if (typeof status === "number" && status >= 400 && status < 500) {
    return {
      kind: "refused",
      httpStatus: status,
      // What is no code of Twilio's may hold anything, and would be logged.
      errorCode: String(typeof code === "number" ? code : status),
      errorMessage: typeof message === "string" ? storableText(message) : `HTTP ${status}`,
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
  const reason = [typeof status === "number" ? `HTTP ${status}` : name, code].filter(Boolean);
  return { kind: "unknown", reason: reason.join(" ") };
}
