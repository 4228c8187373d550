/**
 * The outbox's calls of Twilio's Messages resource.
 *
 * @see https://www.twilio.com/docs/messaging/api/message-resource
 * @module
 */
import type { MessageInstance } from "twilio/lib/rest/api/v2010/account/message.js";
import { MessageSid } from "../twilio/sid.ts";
import { storableText } from "../database/storable_text.ts";
import {
  dateOf,
  failureOf,
  openTwilioApi,
  type TwilioFailure,
  within,
} from "../twilio/twilio_api.ts";
import type { SendingConfiguration } from "./sending_configuration.ts";
import type { Template } from "./template.ts";

/** A message to create. Addresses have their channel's prefix. */
export interface OutgoingMessage {
  to: string;
  from: string;
  body: string;
  mediaUrls: string[];
  /** What is sent in place of body and media, if it is a template. */
  template?: Template;
  /** The URL that Twilio calls when the message's status changes. */
  statusCallback: string;
}

/** The result of creating a message. */
export type CallOutcome =
  | {
    kind: "accepted";
    sid: string;
    status: string;
    numSegments: number | undefined;
    /** The text as Twilio sends it. */
    body: string;
    /** The address that Twilio sends from; undefined while a Messaging Service has not chosen one. */
    from: string | undefined;
    errorCode: string | undefined;
    errorMessage: string | undefined;
  }
  | TwilioFailure;

/** A message as Twilio lists it, fit to be stored. */
export interface ListedMessage {
  sid: string;
  direction: string;
  from: string | null;
  body: string;
  status: string;
  num_segments: number | null;
  /** ISO 8601. */
  date_created: string | null;
  error_code: string | null;
  error_message: string | null;
}

/** The two calls of the outbox. */
export interface TwilioMessages {
  /** Creates a message. It never rejects: a failure is a result. */
  create(message: OutgoingMessage, timeoutMs: number): Promise<CallOutcome>;
  /**
   * Lists the messages that the API has created to a recruit since a time.
   *
   * The list is filtered by `To` alone. A waiting message has no `DateSent` and, with a Messaging Service, no
   * `From`, so these filters would miss it.
   *
   * @throws {Error} If the list cannot be read. `failureOf` reads why.
   */
  listTo(to: string, since: Date, timeoutMs: number): Promise<ListedMessage[]>;
}

/** Messages in one page. */
const PAGE_SIZE = 200;

/** The most pages. The messages of one recruit within minutes of a send fit in one. */
const MAX_PAGES = 50;

/**
 * Opens the Messages resource of an account.
 *
 * @throws {Error} If the SDK cannot be loaded.
 */
export async function openTwilioMessages(
  configuration: SendingConfiguration,
): Promise<TwilioMessages> {
  const client = await openTwilioApi(configuration);
  const { messagingServiceSid } = configuration;
  return {
    async create({ to, from, body, mediaUrls, template, statusCallback }, timeoutMs) {
      try {
        const created = await within(
          timeoutMs,
          client(timeoutMs).messages.create({
            to,
            from,
            statusCallback,
            ...(template ? templateParameters(template) : {
              ...(body ? { body } : {}),
              ...(mediaUrls.length > 0 ? { mediaUrl: mediaUrls } : {}),
            }),
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
          numSegments: wholeNumber(created.numSegments),
          body: storableText(created.body ?? ""),
          from: created.from || undefined,
          errorCode: created.errorCode ? String(created.errorCode) : undefined,
          errorMessage: created.errorMessage ? storableText(created.errorMessage) : undefined,
        };
      } catch (error) {
        return failureOf(error);
      }
    },

    async listTo(to, since, timeoutMs) {
      const messages = client(timeoutMs).messages;
      const listed: ListedMessage[] = [];
      let page = await within(timeoutMs, messages.page({ to, pageSize: PAGE_SIZE }));
      for (let pages = 1;; pages++) {
        listed.push(...page.instances.map(listedMessage));
        // The newest come first: behind a page that reaches back beyond the time all are older.
        const oldest = dateOf(page.instances.at(-1)?.dateCreated);
        if (!page.nextPageUrl || (oldest && oldest < since)) break;
        if (pages === MAX_PAGES) {
          throw new RangeError(`Twilio's list has more than ${MAX_PAGES} pages`);
        }
        page = await within(timeoutMs, messages.getPage(page.nextPageUrl));
      }
      // A message created meanwhile moves others to the next page, which lists them a second time.
      const bySid = new Map(listed.map((message) => [message.sid, message]));
      return [...bySid.values()].filter(({ sid, direction, date_created }) =>
        MessageSid.safeParse(sid).success && direction === "outbound-api" &&
        date_created && new Date(date_created) >= since
      );
    },
  };
}

/** The parameters of a template. @see https://www.twilio.com/docs/content/send-templates-created-with-the-content-template-builder */
function templateParameters(
  { contentSid, contentVariables }: Template,
): { contentSid: string; contentVariables?: string } {
  return Object.keys(contentVariables).length > 0
    ? { contentSid, contentVariables: JSON.stringify(contentVariables) }
    : { contentSid };
}

/** Reads the fields of a message that the outbox uses. */
export function listedMessage(message: MessageInstance): ListedMessage {
  return {
    sid: message.sid,
    direction: message.direction,
    from: message.from || null,
    body: storableText(message.body ?? ""),
    status: message.status,
    num_segments: wholeNumber(message.numSegments) ?? null,
    date_created: dateOf(message.dateCreated)?.toISOString() ?? null,
    error_code: message.errorCode ? String(message.errorCode) : null,
    error_message: message.errorMessage ? storableText(message.errorMessage) : null,
  };
}

/** Reads a count that Twilio writes as text. */
function wholeNumber(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}
