/**
 * Twilio's message log, as reconciliation reads it.
 *
 * @see https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
 * @module
 */
import { MessageSid } from "../_shared/twilio/sid.ts";
import type { LoggedSend } from "../_shared/outbox/recover_provisional_failures.ts";
import { listedMessage } from "../_shared/outbox/twilio_messages.ts";
import { storableForm } from "../_shared/webhook/storable_form.ts";
import type { TwilioForm } from "../_shared/webhook/twilio_form.ts";
import { storableText } from "../_shared/database/storable_text.ts";
import {
  dateOf,
  failureOf,
  openTwilioApi,
  type TwilioAccount,
  type TwilioClient,
  type TwilioClients,
  within,
} from "../_shared/twilio/twilio_api.ts";

/** A span of time, both ends included, in whole seconds. */
export interface Span {
  since: Date;
  until: Date;
}

/** An inbound text in the log. */
export interface LoggedText {
  sid: string;
  /** The recruit's address as Twilio writes it, with the channel's prefix. */
  from: string;
  /** Our address, likewise. */
  to: string;
  sentAt: Date;
  /** The form that the webhook would have brought, without the media fields. */
  form: TwilioForm;
}

/** A span of the log is too long to be read at once. */
export interface TooManyMessages {
  kind: "too_many";
  /** How many ms of the span, counted from its end, the pages held; undefined if unknown. */
  readMs: number | undefined;
}

/** The messages of a span. */
export interface LoggedMessages {
  kind: "messages";
  /** Inbound texts, oldest first. */
  texts: LoggedText[];
  /** Outbound messages that were created through the API. */
  sends: LoggedSend[];
}

/** The status of an outbound message. */
export interface LoggedStatus {
  status: string;
  errorCode: string | undefined;
  errorMessage: string | undefined;
}

/** Reads the log. Every method throws {@link TwilioUnreachable} if Twilio refuses or does not answer. */
export interface TwilioLog {
  /**
   * The messages of a span, by the time they were sent.
   *
   * @returns `too_many` if the span has more pages than are read at once, and is longer than a second.
   */
  messages(span: Span): Promise<LoggedMessages | TooManyMessages>;
  /** The status of a message; undefined if Twilio does not know the message. */
  status(sid: string): Promise<LoggedStatus | undefined>;
}

/** Twilio refuses the call, or cannot be reached. The message is for the log and quotes nothing of a text. */
export class TwilioUnreachable extends Error {
  override name = "TwilioUnreachable";
}

/** The most messages that Twilio lists in one page. */
const PAGE_SIZE = 1000;

/** A span with more pages must be read in shorter spans. */
const MAX_PAGES = 5;

/** How long one Twilio API call may take, in ms. */
const CALL_MS = 15_000;

/** Opens the log. Twilio's SDK is loaded at the first call. */
export function openTwilioLog(account: TwilioAccount, open = openTwilioApi): TwilioLog {
  let clients: Promise<TwilioClients> | undefined;
  const call = async <Value>(
    use: (client: TwilioClient) => Promise<Value>,
  ): Promise<Value> => {
    try {
      const client = await (clients ??= open(account));
      return await within(CALL_MS, use(client(CALL_MS)));
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === "refused" && failure.httpStatus === 404) {
        throw new NotFound(failure.errorCode);
      }
      throw new TwilioUnreachable(failure.kind === "unknown" ? failure.reason : failure.errorCode);
    }
  };

  return {
    async messages({ since, until }) {
      const texts = new Map<string, LoggedText>();
      const sends = new Map<string, LoggedSend>();
      let page = await call((client) =>
        client.messages.page({
          dateSentAfter: since,
          dateSentBefore: until,
          pageSize: PAGE_SIZE,
        })
      );
      for (let pages = 1;; pages++) {
        for (const message of page.instances) {
          const text = message.direction === "inbound" ? textOf(message) : undefined;
          if (text) texts.set(text.sid, text);
          if (message.direction === "outbound-api" && MessageSid.safeParse(message.sid).success) {
            sends.set(message.sid, { ...listedMessage(message), to: message.to });
          }
        }
        const { nextPageUrl } = page;
        if (!nextPageUrl) break;
        if (pages >= MAX_PAGES && until.getTime() - since.getTime() > 1000) {
          const oldest = dateOf(page.instances.at(-1)?.dateSent);
          const readMs = oldest && until.getTime() - oldest.getTime();
          return { kind: "too_many", readMs };
        }
        page = await call((client) => client.messages.getPage(nextPageUrl));
      }
      // Twilio lists the newest first.
      const oldestFirst = [...texts.values()].reverse().sort((one, other) =>
        one.sentAt.getTime() - other.sentAt.getTime()
      );
      return { kind: "messages", texts: oldestFirst, sends: [...sends.values()] };
    },

    async status(sid) {
      const message = await call((client) => client.messages(sid).fetch()).catch(
        undefinedIfNotFound,
      );
      // A 404 may also mean that Twilio does not know the account. Then listing fails, too.
      if (!message) await call((client) => client.messages.page({ pageSize: 1 }));
      return message && {
        status: message.status,
        errorCode: message.errorCode ? String(message.errorCode) : undefined,
        errorMessage: message.errorMessage ? storableText(message.errorMessage) : undefined,
      };
    },
  };
}

/** Twilio answered 404. For the log itself that means that the account is wrong. */
class NotFound extends TwilioUnreachable {}

/** Turns a 404 into undefined. */
function undefinedIfNotFound(error: unknown): undefined {
  if (!(error instanceof NotFound)) throw error;
}

type ApiMessage = Awaited<ReturnType<ReturnType<TwilioClient["messages"]>["fetch"]>>;

/** Reads a text; undefined if it lacks what every webhook has. */
function textOf(message: ApiMessage): LoggedText | undefined {
  const sentAt = dateOf(message.dateSent) ?? dateOf(message.dateCreated);
  const { sid, from, to, body, accountSid, messagingServiceSid, numMedia, numSegments } = message;
  if (!MessageSid.safeParse(sid).success || !from || !to || !sentAt) return undefined;
  const form = {
    MessageSid: sid,
    SmsSid: sid,
    AccountSid: accountSid,
    ...(messagingServiceSid ? { MessagingServiceSid: messagingServiceSid } : {}),
    From: from,
    To: to,
    Body: body ?? "",
    NumMedia: numMedia || "0",
    NumSegments: numSegments || "1",
  };
  return { sid, from, to, sentAt, form: storableForm(form) };
}
