/**
 * Which addresses are called for an attachment. A webhook's form names them, so that any other address could make
 * the function call hosts inside its own network.
 *
 * @see https://www.twilio.com/docs/messaging/api/media-resource
 * @see https://owasp.org/www-community/attacks/Server_Side_Request_Forgery
 * @module
 */
import { isDockerGateway, isLoopback } from "../webhook/webhook_signers.ts";

/** The SIDs of a Media resource. */
export interface MediaSids {
  accountSid: string;
  messageSid: string;
  mediaSid: string;
}

/** The API's own host, and those of its edges and regions. @see https://www.twilio.com/docs/global-infrastructure */
const API_ORIGIN = /^https:\/\/api(\.[a-z0-9-]+\.[a-z0-9-]+)?\.twilio\.com(?=\/)/;

const MEDIA_PATH =
  /^\/2010-04-01\/Accounts\/(?<accountSid>AC[0-9a-zA-Z]{1,32})\/Messages\/(?<messageSid>(SM|MM)[0-9a-zA-Z]{1,32})\/Media\/(?<mediaSid>ME[0-9a-zA-Z]{1,32})$/;

/** The hosts to which Twilio redirects, and that hold the content. */
const CONTENT_HOST = /(\.twilio\.com|\.twiliocdn\.com|^s3-external-1\.amazonaws\.com)$/;

/**
 * Reads the URL of a Media resource. The text itself is compared, not what URL makes of it.
 *
 * @param url The URL, as a webhook or the Media list has it.
 * @param apiBaseUrl `TWILIO_API_BASE_URL`, at which the resource may be, too.
 * @returns The resource's SIDs; undefined for any other URL.
 */
export function mediaSidsOf(url: string, apiBaseUrl: string | undefined): MediaSids | undefined {
  const origin = API_ORIGIN.exec(url)?.[0] ?? (apiBaseUrl && new URL(apiBaseUrl).origin);
  if (!origin || !url.startsWith(origin)) return undefined;
  const sids = MEDIA_PATH.exec(url.slice(origin.length))?.groups;
  return sids && {
    accountSid: sids.accountSid,
    messageSid: sids.messageSid,
    mediaSid: sids.mediaSid,
  };
}

/**
 * The address at which a Media resource is fetched.
 *
 * @param url The resource's URL.
 * @param apiBaseUrl `TWILIO_API_BASE_URL`: then the URL's path at that origin. Undefined for Twilio's own.
 * @returns The address; undefined if the URL is not that of a Media resource of Twilio's.
 */
export function mediaAddressOf(url: string, apiBaseUrl: string | undefined): URL | undefined {
  if (!mediaSidsOf(url, apiBaseUrl)) return undefined;
  const own = new URL(url);
  return apiBaseUrl ? new URL(own.pathname, apiBaseUrl) : own;
}

/**
 * The address to which Twilio redirects. It gets no credentials.
 *
 * @param location The header Location.
 * @param from The address that answered.
 * @param apiBaseUrl `TWILIO_API_BASE_URL`. One on loopback, or on the local Docker gateway, may redirect to any port
 *   of its host, over http.
 * @returns The address; undefined if it is not called.
 */
export function redirectAddressOf(
  location: string,
  from: URL,
  apiBaseUrl: string | undefined,
): URL | undefined {
  if (!URL.canParse(location, from)) return undefined;
  const to = new URL(location, from);
  if (to.username || to.password) return undefined;
  if (to.protocol === "https:" && to.port === "" && CONTENT_HOST.test(to.hostname)) return to;
  if (!apiBaseUrl || !(isLoopback(apiBaseUrl) || isDockerGateway(apiBaseUrl))) return undefined;
  const isSameHost = to.hostname === new URL(apiBaseUrl).hostname;
  return to.protocol === "http:" && isSameHost ? to : undefined;
}
