/**
 * The Media resource: FetchMedia, ListMedia and DeleteMedia. The content is at the same path without
 * `.json`, from which Twilio redirects to another host.
 *
 * @see https://www.twilio.com/docs/messaging/api/media-resource
 * @module
 */
import { createHash } from "node:crypto";
import { spanOf } from "./date_filter.ts";
import type { Media, Message } from "./message_log.ts";
import { asRfc2822, messagesPath } from "./message_resource.ts";
import type { ListMediaParameters } from "./messages_parameters.ts";
import { pageOf, type Source } from "./paging.ts";

/** Makes the resource of one of a message's media; undefined for an unknown SID. */
export function fetchMedia(message: Message, mediaSid: string, accountSid: string) {
  return mediaOf(message, accountSid).find(({ sid }) => sid === mediaSid);
}

/** Finds one of a message's media; undefined for an unknown SID and for one that was deleted. */
export function findMedia(message: Message, mediaSid: string): Media | undefined {
  return message.media.find((media, index) =>
    !media.isDeleted && mediaSidOf(message.sid, index) === mediaSid
  );
}

/** The URL by which Twilio's webhooks and its list name one of a message's media. */
export function mediaUrl(accountSid: string, messageSid: string, index: number): string {
  const sid = mediaSidOf(messageSid, index);
  return `https://api.twilio.com${messagesPath(accountSid, messageSid)}/Media/${sid}`;
}

function mediaSidOf(messageSid: string, index: number): string {
  return `ME${createHash("md5").update(`${messageSid} ${index}`).digest("hex")}`;
}

/**
 * Makes one page of a message's media, in the message's order.
 *
 * @throws {TwilioError} If the page token is invalid.
 */
export function listMedia(message: Message, accountSid: string, parameters: ListMediaParameters) {
  const created = spanOf({
    on: parameters.DateCreated,
    onOrBefore: parameters["DateCreated<"],
    onOrAfter: parameters["DateCreated>"],
  });
  const time = message.dateCreated.getTime();
  const isShown = !created || (time >= created.from && time < created.until);
  const { paging, items } = pageOf(
    sourceOf(isShown ? mediaOf(message, accountSid) : []),
    parameters,
    `${messagesPath(accountSid, message.sid)}/Media.json`,
  );
  return { ...paging, media_list: items };
}

type MediaResource = ReturnType<typeof mediaOf>[number];

function mediaOf(message: Message, accountSid: string) {
  return message.media.flatMap(({ content_type, isDeleted }, index) => {
    if (isDeleted) return [];
    const sid = mediaSidOf(message.sid, index);
    return [{
      sid,
      account_sid: accountSid,
      parent_sid: message.sid,
      content_type,
      date_created: asRfc2822(message.dateCreated),
      date_updated: asRfc2822(message.dateCreated),
      uri: `${messagesPath(accountSid, message.sid)}/Media/${sid}.json`,
    }];
  });
}

/** The place of a medium is its index among those that are left. */
function sourceOf(media: MediaResource[]): Source<MediaResource, number> {
  return {
    after: (place = -1) => media.slice(place + 1),
    before: (place) => media.slice(0, place).reverse(),
    placeOf: (item) => media.indexOf(item),
    write: String,
    read: (text) => /^\d+$/.test(text) ? Number(text) : undefined,
  };
}
