/**
 * Twilio's message log, as reconciliation reads it.
 *
 * @see https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
 * @module
 */
import { MessageSid } from "../_shared/twilio/message_sid.ts";
import type { LoggedSend } from "../_shared/outbox/confirm.ts";
import { listedMessage } from "../_shared/outbox/twilio_messages.ts";
import { storableForm, type TwilioForm } from "../_shared/webhook/twilio_form.ts";
import { storableText } from "../_shared/database/storable_text.ts";
import {
  dateOf,
  failureOf,
  openTwilioApi,
  type TwilioAccount,
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
  /** As Twilio writes them, with the channel's prefix. */
  from: string;
  to: string;
  sentAt: Date;
  numMedia: number;
  /** The text's form without its media, as the webhook would have brought it. */
  form: TwilioForm;
}

/** A span of the log is too long to be read at once. */
export interface TooManyMessages {
  kind: "too_many";
  /** How much of the span's end was read, in ms, where that is known. */
  readMs: number | undefined;
}

/** What a span of the log has. */
export interface LoggedMessages {
  kind: "messages";
  /** Inbound, oldest first. */
  texts: LoggedText[];
  /** Outbound, created by calls of the API with this account. */
  sends: LoggedSend[];
}

/** What Twilio says of an outbound message. */
export interface LoggedStatus {
  status: string;
  errorCode: string | undefined;
  errorMessage: string | undefined;
}

/** Reading the log. Everything throws {@link TwilioUnreachable} where Twilio does not answer as it should. */
export interface TwilioLog {
  /**
   * The messages of a span, by the time they were sent.
   *
   * @returns `too_many` if the span has more pages than are read at once, and is longer than a second.
   */
  messages(span: Span): Promise<LoggedMessages | TooManyMessages>;
  /** The MediaUrl and MediaContentType fields of a text; none if Twilio has its media no longer. */
  mediaFields(sid: string): Promise<TwilioForm>;
  /** The status of a message; nothing if Twilio does not know the message. */
  status(sid: string): Promise<LoggedStatus | undefined>;
}

/** Twilio refuses the call, or cannot be reached. The message is for the log and holds nothing of a text. */
export class TwilioUnreachable extends Error {
  override name = "TwilioUnreachable";
}

/** The most that Twilio lists at once. */
const PAGE_SIZE = 1000;

/** A span with more pages is read in shorter ones. */
const MAX_PAGES = 5;

/** How long one call of Twilio's API may take, in ms. */
const CALL_MS = 15_000;

/** Where Twilio keeps media, whatever address its API is called at. */
const MEDIA_HOST = "https://api.twilio.com";

/** Opens the log. Twilio's SDK is loaded at the first call. */
export function openTwilioLog(account: TwilioAccount, open = openTwilioApi): TwilioLog {
  let clients: Promise<TwilioClients> | undefined;
  const call = async <Value>(
    use: (client: ReturnType<TwilioClients>) => Promise<Value>,
  ): Promise<Value> => {
    try {
      const client = await (clients ??= open(account));
      return await within(CALL_MS, use(client(CALL_MS)));
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === "refused" && failure.httpStatus === 404) {
        throw new NotKnown(failure.errorCode);
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

    async mediaFields(sid) {
      const media = await call((client) => client.messages(sid).media.list({ limit: 100 }))
        .catch(orNothing);
      const fields = (media ?? []).flatMap(({ uri, contentType }, index) => [
        [`MediaUrl${index}`, MEDIA_HOST + uri.replace(/\.json$/, "")],
        [`MediaContentType${index}`, contentType ?? ""],
      ]);
      return storableForm(Object.fromEntries(fields));
    },

    async status(sid) {
      const message = await call((client) => client.messages(sid).fetch()).catch(orNothing);
      // An account that Twilio does not know is 404, too, and says nothing of the message.
      if (!message) await call((client) => client.messages.page({ pageSize: 1 }));
      return message && {
        status: message.status,
        errorCode: message.errorCode ? String(message.errorCode) : undefined,
        errorMessage: message.errorMessage ? storableText(message.errorMessage) : undefined,
      };
    },
  };
}

/** Twilio does not have what was asked for; of the whole log that means that the account is wrong. */
class NotKnown extends TwilioUnreachable {}

function orNothing(error: unknown): undefined {
  if (!(error instanceof NotKnown)) throw error;
}

type ApiMessage = Awaited<ReturnType<ReturnType<ReturnType<TwilioClients>["messages"]>["fetch"]>>;

/** Reads a text; nothing of one that no webhook could bring either. */
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
  return { sid, from, to, sentAt, numMedia: Number(numMedia) || 0, form: storableForm(form) };
}
