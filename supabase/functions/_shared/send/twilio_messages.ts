/**
 * Twilio's Messages resource, with Twilio's own SDK, which is loaded when it is needed first: it
 * costs 120 to 220 ms.
 *
 * @see https://www.twilio.com/docs/messaging/api/message-resource
 * @module
 */
import { Agent } from "node:http";
import { MessageSid } from "../message_sid.ts";
import { storableText } from "../storable_text.ts";
import type { SendingConfiguration } from "./sending_configuration.ts";

/** A message as Twilio takes it; addresses with their channel's prefix. */
export interface OutgoingMessage {
  to: string;
  from: string;
  body: string;
  mediaUrls: string[];
  statusCallback: string;
}

/** What came of the call that creates a message. */
export type CallOutcome =
  | {
    kind: "accepted";
    sid: string;
    status: string;
    numSegments: number | undefined;
    from: string | undefined;
    errorCode: string | undefined;
    errorMessage: string | undefined;
  }
  /** Twilio will not send it. */
  | { kind: "refused"; errorCode: string; errorMessage: string }
  /** Surely not accepted, and may be tried again: too many requests, or no connection was made. */
  | { kind: "try_again"; errorCode: string; errorMessage: string; afterMs: number | undefined }
  /** Twilio may have accepted it: an error of theirs, a broken connection, no answer in time. */
  | { kind: "unknown"; reason: string };

/** A message in Twilio's log. */
export interface ListedMessage {
  sid: string;
  direction: string;
  from: string | null;
  body: string;
  status: string;
  num_segments: number | null;
  date_created: string | null;
  error_code: string | null;
  error_message: string | null;
}

/** The two calls that sending needs. */
export interface TwilioMessages {
  create(message: OutgoingMessage, timeoutMs: number): Promise<CallOutcome>;
  /**
   * Lists what this API has sent to somebody since a time. By `To` alone: a message that is waiting has no
   * date_sent, and with a Messaging Service no sender, so those filters would miss it.
   *
   * @throws {Error} If the list cannot be read.
   */
  listTo(to: string, since: Date, timeoutMs: number): Promise<ListedMessage[]>;
}

const PAGE_SIZE = 200;

/** So many pages within minutes of a send are no list of one recruit's messages. */
const MAX_PAGES = 50;

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
export async function openTwilioMessages(
  { accountSid, username, password, apiBaseUrl, messagingServiceSid }: SendingConfiguration,
): Promise<TwilioMessages> {
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

  const client = (timeout: number) => {
    const client = new Twilio(username, password, {
      accountSid,
      // No connection is used twice: on one that broke, a client sends the request again by itself,
      // and the recruit would get the text twice.
      httpClient: new Http(timeout),
    });
    if (apiBaseUrl) client.api.baseUrl = apiBaseUrl;
    return client;
  };

  return {
    async create({ to, from, body, mediaUrls, statusCallback }, timeoutMs) {
      try {
        const created = await within(
          timeoutMs,
          client(timeoutMs).messages.create({
            to,
            from,
            statusCallback,
            ...(body ? { body } : {}),
            ...(mediaUrls.length > 0 ? { mediaUrl: mediaUrls } : {}),
            ...(messagingServiceSid ? { messagingServiceSid } : {}),
          }),
        );
        if (!MessageSid.safeParse(created.sid).success) {
          return { kind: "unknown", reason: "an answer without a SID" };
        }
        return {
          kind: "accepted",
          sid: created.sid,
          status: created.status,
          numSegments: Number(created.numSegments) || undefined,
          from: created.from || undefined,
          errorCode: created.errorCode ? String(created.errorCode) : undefined,
          errorMessage: created.errorMessage ? storableText(created.errorMessage) : undefined,
        };
      } catch (error) {
        return outcomeOf(error);
      }
    },

    async listTo(to, since, timeoutMs) {
      const messages = client(timeoutMs).messages;
      const listed: ListedMessage[] = [];
      let page = await within(timeoutMs, messages.page({ to, pageSize: PAGE_SIZE }));
      for (let pages = 1;; pages++) {
        listed.push(...page.instances.map((message) => ({
          sid: message.sid,
          direction: message.direction,
          from: message.from || null,
          body: storableText(message.body ?? ""),
          status: message.status,
          num_segments: Number(message.numSegments) || null,
          date_created: dateOf(message.dateCreated)?.toISOString() ?? null,
          error_code: message.errorCode ? String(message.errorCode) : null,
          error_message: message.errorMessage ? storableText(message.errorMessage) : null,
        })));
        // Newest first: once a page goes back beyond the time, the rest does, too.
        const oldest = dateOf(page.instances.at(-1)?.dateCreated);
        if (!page.nextPageUrl || (oldest && oldest < since)) break;
        if (pages === MAX_PAGES) throw new RangeError("Twilio's list has no end");
        page = await within(timeoutMs, messages.getPage(page.nextPageUrl));
      }
      // What comes in while it is read moves the rest on, to the next page.
      const bySid = new Map(listed.map((message) => [message.sid, message]));
      return [...bySid.values()].filter(({ sid, direction, date_created }) =>
        MessageSid.safeParse(sid).success && direction === "outbound-api" &&
        date_created && new Date(date_created) >= since
      );
    },
  };
}

/** The SDK hands a date on as text if it is not of the form that it expects. */
function dateOf(value: Date | string | undefined): Date | undefined {
  const date = new Date(value ?? NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

class TooManyRequests extends Error {
  constructor(readonly retryAfter: string | undefined) {
    super("Too many requests");
  }
}

/** The SDK's timeout counts from the last byte; this one from the call. */
async function within<Value>(ms: number, call: Promise<Value>): Promise<Value> {
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

function outcomeOf(error: unknown): CallOutcome {
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
