/**
 * Twilio's Media resources: a text's list of them, and their deletion.
 *
 * @see https://www.twilio.com/docs/messaging/api/media-resource
 * @module
 */
import { storableText } from "../database/storable_text.ts";
import {
  failureOf,
  openTwilioApi,
  type TwilioAccount,
  type TwilioClient,
  within,
} from "../twilio/twilio_api.ts";
import { loadOnce } from "../worker/load_once.ts";
import { type MediaSids, mediaSidsOf } from "./media_address.ts";

/** An attachment as a webhook names it. */
export interface ListedMedia {
  url: string;
  content_type: string;
}

/** Why a call failed. `reason` is in plain words. */
export interface TwilioMediaFailure {
  kind: "failed";
  reason: string;
  /** Whether Twilio does not accept the credentials. */
  isForbidden: boolean;
}

/** Calls Twilio. No method rejects. */
export interface TwilioMedia {
  /** A text's attachments, in Twilio's order; none for a text that Twilio does not have. */
  list(messageSid: string): Promise<{ kind: "listed"; media: ListedMedia[] } | TwilioMediaFailure>;
  /** Deletes a resource, by its URL. One that is gone counts as deleted. */
  remove(url: string): Promise<{ kind: "deleted" } | TwilioMediaFailure>;
}

/** How long one call may take, in ms. */
const CALL_MS = 3_000;

/** The host of media URLs, also where the API is called at another address. */
const MEDIA_HOST = "https://api.twilio.com";

/** Prepares calls. Twilio's SDK is loaded at the first one. */
export function openTwilioMedia(account: TwilioAccount, open = openTwilioApi): TwilioMedia {
  const clients = loadOnce(() => open(account));

  /** Calls Twilio. Undefined for a resource that Twilio does not have. */
  async function call<Value>(
    use: (client: TwilioClient) => Promise<Value>,
  ): Promise<{ kind: "answered"; value: Value | undefined } | TwilioMediaFailure> {
    try {
      const client = (await clients())(CALL_MS);
      return { kind: "answered", value: await within(CALL_MS, use(client)) };
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind !== "refused") {
        return { kind: "failed", reason: "Twilio could not be reached", isForbidden: false };
      }
      const { httpStatus } = failure;
      if (httpStatus === 404) return { kind: "answered", value: undefined };
      const isForbidden = httpStatus === 401 || httpStatus === 403;
      return { kind: "failed", reason: `Twilio answered HTTP ${httpStatus}`, isForbidden };
    }
  }

  return {
    async list(messageSid) {
      const answer = await call((client) => client.messages(messageSid).media.list({ limit: 100 }));
      if (answer.kind === "failed") return answer;
      const media = (answer.value ?? []).map(({ uri, contentType }) => ({
        url: storableText(MEDIA_HOST + uri.replace(/\.json$/, "")),
        content_type: storableText(contentType ?? ""),
      }));
      return { kind: "listed", media };
    },

    async remove(url) {
      const sids = mediaSidsOf(url, account.apiBaseUrl);
      if (!sids) return { kind: "deleted" };
      const answer = await call((client) => resourceOf(client, sids).remove());
      return answer.kind === "failed" ? answer : { kind: "deleted" };
    },
  };
}

/** A resource of the account that its URL names, which may be a subaccount. */
function resourceOf(
  client: TwilioClient,
  { accountSid, messageSid, mediaSid }: MediaSids,
) {
  return client.messagesOf(accountSid)(messageSid).media(mediaSid);
}
