/**
 * The Media resource: FetchMedia and ListMedia. The content of the media, which Twilio serves at
 * the same path without `.json`, is not served.
 *
 * @see https://www.twilio.com/docs/messaging/api/media-resource
 * @module
 */
import { createHash } from "node:crypto";
import { spanOf } from "./date_filter.ts";
import type { Message } from "./message_log.ts";
import { asRfc2822, messagesPath } from "./message_resource.ts";
import type { ListMediaParameters } from "./openapi.ts";
import { pageOf, type Source } from "./paging.ts";

/** Makes the resource of one of a message's media; undefined for an unknown SID. */
export function fetchMedia(message: Message, mediaSid: string, accountSid: string) {
  return mediaOf(message, accountSid).find(({ sid }) => sid === mediaSid);
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
  return message.media.map(({ content_type }, index) => {
    const sid = `ME${createHash("md5").update(`${message.sid} ${index}`).digest("hex")}`;
    return {
      sid,
      account_sid: accountSid,
      parent_sid: message.sid,
      content_type,
      date_created: asRfc2822(message.dateCreated),
      date_updated: asRfc2822(message.dateCreated),
      uri: `${messagesPath(accountSid, message.sid)}/Media/${sid}.json`,
    };
  });
}

/** The place of a medium is its index, because a message's media do not change. */
function sourceOf(media: MediaResource[]): Source<MediaResource, number> {
  return {
    after: (place = -1) => media.slice(place + 1),
    before: (place) => media.slice(0, place).reverse(),
    placeOf: (item) => media.indexOf(item),
    write: String,
    read: (text) => /^\d+$/.test(text) ? Number(text) : undefined,
  };
}
