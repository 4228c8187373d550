/**
 * ListMessage: filters and pages, newest first.
 *
 * @see https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
 * @see https://www.twilio.com/docs/usage/twilios-response#response-formats-list-paging-information
 * @module
 */
import { TwilioError } from "./errors.ts";
import type { Message, MessageLog } from "./message_log.ts";
import { messageResource, messagesPath, visibleSender } from "./message_resource.ts";
import type { ListParameters } from "./openapi.ts";

const DEFAULT_PAGE_SIZE = 50;

/** Tokens name the message after which a page begins, or before which it ends. */
const AFTER = "PA";
const BEFORE = "PB";

/**
 * Makes one page.
 *
 * @throws {TwilioError} If the page token is none.
 */
export function listMessages(log: MessageLog, accountSid: string, parameters: ListParameters) {
  const { PageSize: size = DEFAULT_PAGE_SIZE, Page: page = 0, PageToken: token } = parameters;
  const messages = log.filter((message) => matches(message, parameters)).reverse();
  const start = token === undefined ? page * size : startOf(messages, token, size);
  const shown = messages.slice(start, start + size);

  const uri = (number: number, pageToken?: string) => {
    const query = new URLSearchParams();
    for (const name of ["To", "From", "DateSent", "DateSent<", "DateSent>"] as const) {
      const value = parameters[name];
      if (value !== undefined) query.set(name, value);
    }
    query.set("PageSize", String(size));
    query.set("Page", String(number));
    if (pageToken !== undefined) query.set("PageToken", pageToken);
    return `${messagesPath(accountSid)}.json?${query}`;
  };
  const isLast = start + size >= messages.length;
  return {
    first_page_uri: uri(0),
    next_page_uri: isLast ? null : uri(page + 1, AFTER + shown[shown.length - 1].sid),
    previous_page_uri: page === 0 || shown.length === 0
      ? null
      : uri(page - 1, BEFORE + shown[0].sid),
    uri: uri(page, token),
    page,
    page_size: size,
    start: page * size,
    end: page * size + Math.max(shown.length - 1, 0),
    messages: shown.map((message) => messageResource(message, accountSid)),
  };
}

/** Where a page begins, also when newer messages have come since its token was given out. */
function startOf(messages: Message[], token: string, size: number): number {
  const index = messages.findIndex(({ sid }) => sid === token.slice(AFTER.length));
  if (index >= 0 && token.startsWith(AFTER)) return index + 1;
  if (index >= 0 && token.startsWith(BEFORE)) return Math.max(index - size, 0);
  throw new TwilioError({ code: 20001, message: `PageToken "${token}" is not known` });
}

function matches(message: Message, parameters: ListParameters): boolean {
  const { To: to, From: from } = parameters;
  return (to === undefined || message.to === to) &&
    (from === undefined || visibleSender(message) === from) &&
    isSentWithin(message.dateSent, parameters);
}

/** What has not gone out has no date, and is in no range. */
function isSentWithin(dateSent: Date | null, parameters: ListParameters): boolean {
  const { DateSent: at, "DateSent<": until, "DateSent>": since } = parameters;
  if (at === undefined && until === undefined && since === undefined) return true;
  if (dateSent === null) return false;
  const time = dateSent.getTime();
  return (until === undefined || time <= Date.parse(until)) &&
    (since === undefined || time >= Date.parse(since)) &&
    (at === undefined ||
      (isDay(at)
        ? dateSent.toISOString().startsWith(at)
        : time === Math.floor(Date.parse(at) / 1000) * 1000));
}

function isDay(date: string): boolean {
  return !date.includes("T");
}
