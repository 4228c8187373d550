/**
 * Downloads one attachment from Twilio.
 *
 * @see https://www.twilio.com/docs/messaging/api/media-resource
 * @module
 */
import type { TwilioAccount } from "../twilio/twilio_api.ts";
import { storedTypeOf } from "./content_type.ts";
import { mediaAddressOf, redirectAddressOf } from "./media_address.ts";

/** Result of a download. A reason is in plain words, for agents. */
export type Download =
  | { kind: "downloaded"; content: Blob; contentType: string }
  /** Another attempt would end the same way. */
  | { kind: "refused"; reason: string }
  /** Another attempt may succeed. `isForbidden`: Twilio does not accept the credentials. */
  | { kind: "failed"; reason: string; isForbidden: boolean }
  /** The time that was left was shorter than a download may take. */
  | { kind: "out_of_time" };

/** The most of an attachment that is stored, in bytes. Twilio takes 5 MB, WhatsApp 16 MB. */
export const MAX_BYTES = 16 * 1024 * 1024;

/**
 * The longest that one download may take, in ms, the answer's whole body included. It is less than the time of a run
 * that is for copying: a download that never ends would otherwise be cut short in every run, and never be given up.
 */
const DOWNLOAD_MS = 6_000;

const MAX_REDIRECTS = 3;

const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * Downloads an attachment.
 *
 * @param url The attachment's URL. One that is not Twilio's is not called.
 * @param account The account whose credentials Twilio's API gets, and no other host.
 * @param endsAt When the download must have ended, on `performance.now()`'s clock, in ms.
 * @param limitMs The longest that it may take, in ms. One that had less counts as not attempted.
 * @returns The content, or why there is none. It never rejects.
 */
export async function download(
  url: string,
  { username, password, apiBaseUrl }: TwilioAccount,
  endsAt: number,
  limitMs = DOWNLOAD_MS,
): Promise<Download> {
  const address = mediaAddressOf(url, apiBaseUrl);
  if (!address) return { kind: "refused", reason: "This is not the address of a file at Twilio" };
  const leftMs = endsAt - performance.now();
  const isCutShort = leftMs < limitMs;
  if (leftMs <= 0) return { kind: "out_of_time" };

  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), Math.min(leftMs, limitMs));
  try {
    const authorization = `Basic ${btoa(`${username}:${password}`)}`;
    return await fetchContent(address, authorization, apiBaseUrl, controller.signal);
  } catch {
    if (!controller.signal.aborted) return failed("Twilio could not be reached");
    return isCutShort
      ? { kind: "out_of_time" }
      : failed(`The file was not there within ${limitMs / 1000} seconds`);
  } finally {
    clearTimeout(timer);
    // Ends a body that was not read.
    controller.abort();
  }
}

async function fetchContent(
  address: URL,
  authorization: string,
  apiBaseUrl: string | undefined,
  signal: AbortSignal,
): Promise<Download> {
  let response = await fetch(address, {
    headers: { Authorization: authorization },
    redirect: "manual",
    signal,
  });
  for (let redirects = 0; REDIRECTS.includes(response.status); redirects++) {
    if (redirects === MAX_REDIRECTS) return refused("Twilio redirected too often");
    const to = redirectAddressOf(response.headers.get("location") ?? "", address, apiBaseUrl);
    if (!to) return refused("Twilio redirected to an address that is not its own");
    await response.body?.cancel();
    address = to;
    response = await fetch(address, { redirect: "manual", signal });
  }
  if (response.status !== 200) return answeredOtherwise(response.status);
  if (Number(response.headers.get("content-length")) > MAX_BYTES) return tooLarge();
  const content = await readUpTo(MAX_BYTES, response);
  if (!content) return tooLarge();
  return {
    kind: "downloaded",
    content,
    contentType: storedTypeOf(response.headers.get("content-type")),
  };
}

/** Reads a body, which `fetch` has decompressed. Undefined if it is larger. */
async function readUpTo(maxBytes: number, { body }: Response): Promise<Blob | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return new Blob(chunks);
}

/** What follows from an HTTP status other than 200. */
function answeredOtherwise(status: number): Download {
  if (status === 401 || status === 403) {
    return failed(`Twilio does not let this account open the file (HTTP ${status})`, true);
  }
  if (status === 404) return failed("Twilio does not have the file");
  if (status === 429 || status >= 500) return failed(`Twilio answered HTTP ${status}`);
  return refused(`Twilio answered HTTP ${status}`);
}

function failed(reason: string, isForbidden = false): Download {
  return { kind: "failed", reason, isForbidden };
}

function refused(reason: string): Download {
  return { kind: "refused", reason };
}

function tooLarge(): Download {
  return refused(`The file is larger than ${MAX_BYTES / 1024 / 1024} MiB`);
}
