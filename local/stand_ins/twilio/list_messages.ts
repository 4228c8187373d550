/**
 * ListMessage: filters and pages, newest message first.
 *
 * Twilio sorts by the time of sending. A list without a filter by DateSent is sorted by the time of
 * creation here, which each message has and which does not change, so that pages are stable.
 *
 * @see https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
 * @module
 */
import { spanOf } from "./date_filter.ts";
import type { Message, MessageLog } from "./message_log.ts";
import type { Place, PlaceRange } from "./message_order.ts";
import { messageResource, messagesPath, visibleFrom } from "./message_resource.ts";
import type { ListParameters } from "./messages_parameters.ts";
import { pageOf, type Source } from "./paging.ts";

/**
 * Makes one page.
 *
 * @throws {TwilioError} If the page token is invalid.
 */
export function listMessages(log: MessageLog, accountSid: string, parameters: ListParameters) {
  const path = `${messagesPath(accountSid)}.json`;
  const { paging, items } = pageOf(sourceOf(log, parameters), parameters, path);
  return { ...paging, messages: items.map((message) => messageResource(message, accountSid)) };
}

function sourceOf(log: MessageLog, parameters: ListParameters): Source<Message, Place> {
  const { To: to, From: from } = parameters;
  const sent = spanOf({
    on: parameters.DateSent,
    onOrBefore: parameters["DateSent<"],
    onOrAfter: parameters["DateSent>"],
  });
  // A message that was not sent has no DateSent, and no filter by it matches.
  const order = sent ? log.bySending : log.byCreation;
  const range: PlaceRange = {
    ...(sent ? { from: startOf(sent.from), until: startOf(sent.until) } : {}),
    where: (message) =>
      (to === undefined || message.to === to) &&
      (from === undefined || visibleFrom(message) === from),
  };
  return {
    after: (place) => order.newestFirst(place ? { ...range, until: place } : range),
    before: ({ time, number }) =>
      order.oldestFirst({ ...range, from: { time, number: number + 1 } }),
    placeOf: (message) => order.placeOf(message),
    write: ({ time, number }) => `${time}-${number}`,
    read(text) {
      const [, time, number] = /^(-?\d+)-(\d+)$/.exec(text) ?? [];
      return time === undefined ? undefined : { time: Number(time), number: Number(number) };
    },
  };
}

/** The first place at a time, in ms since 1970. */
function startOf(time: number): Place {
  return { time, number: 0 };
}
