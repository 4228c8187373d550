/**
 * The outbox's calls of Twilio's Messages resource.
 *
 * @see https://www.twilio.com/docs/messaging/api/message-resource
 * @module
 */
import type { MessageInstance } from "twilio/lib/rest/api/v2010/account/message.js";
import { MessageSid } from "../twilio/message_sid.ts";
import { storableText } from "../database/storable_text.ts";
import {
  dateOf,
  failureOf,
  openTwilioApi,
  type TwilioFailure,
  within,
} from "../twilio/twilio_api.ts";
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
  | TwilioFailure;

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
   * Lists what this API has sent to a recruit since a time. By `To` alone: a message that is waiting has no
   * date_sent, and with a Messaging Service no sender, so those filters would miss it.
   *
   * @throws {Error} If the list cannot be read.
   */
  listTo(to: string, since: Date, timeoutMs: number): Promise<ListedMessage[]>;
}

const PAGE_SIZE = 200;

/** So many pages within minutes of a send are no list of one recruit's messages. */
const MAX_PAGES = 50;

/**
 * Opens it.
 *
 * @throws {Error} If the SDK cannot be loaded.
 */
export async function openTwilioMessages(
  configuration: SendingConfiguration,
): Promise<TwilioMessages> {
  const client = await openTwilioApi(configuration);
  const { messagingServiceSid } = configuration;
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
          numSegments: wholeNumber(created.numSegments),
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

/** Reads what the outbox needs of a message, fit to be stored. */
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
