/**
 * Copies the attachments of one text from Twilio to Storage.
 *
 * @module
 */
import { z } from "zod/v3";
import { type CallDatabase, databaseDeadline, logDatabaseFailure } from "../database/database.ts";
import { Constants } from "../database/database.constants.ts";
import { logWarnings, Warnings } from "../database/warnings.ts";
import type { Log } from "../log/log.ts";
import type { TwilioAccount } from "../twilio/twilio_api.ts";
import { download } from "./download.ts";
import { nextWait, nextWaitForEver } from "./retry_waits.ts";
import type { StoredObjects } from "./stored_objects.ts";
import type { TwilioMedia } from "./twilio_media.ts";

/** Dependencies of copying. */
export interface CopyTools {
  callDatabase: CallDatabase;
  account: TwilioAccount;
  twilioMedia: TwilioMedia;
  objects: StoredObjects;
  /** Whether Twilio's own copy is deleted once the attachment is stored. */
  deletesTwilioMedia: boolean;
  log: Log;
}

const optionalText = z.string().optional().catch(undefined);

/** The attachments of a text, as its row has them. One of another form counts as one without a URL. */
const Attachments = z.array(
  z.object({ url: z.string().catch(""), path: optionalText, error: optionalText })
    .catch({ url: "" }),
);

/** A row of `recruiting_claim_media`: one text. */
export const ClaimedText = z.object({
  message_id: z.string(),
  message_sid: z.string(),
  conversation_id: z.string(),
  media: Attachments,
  num_media: z.number(),
  attempts: z.number(),
});

export type ClaimedText = z.infer<typeof ClaimedText>;

/** What `recruiting_record_media` returns: one row. */
const RecordedMedia = z.tuple([
  Warnings.extend({ outcome: z.enum(Constants.public.Enums.recruiting_media_outcome) }),
]);

/** What became of an attachment, as `recruiting_record_media` takes it. */
type Result = { index: number; path: string; size: number } | { index: number; error: string };

/** An attachment that is to be tried again. */
interface Failure {
  index: number;
  reason: string;
  /** Whether it is tried for ever: Twilio has the file, and Storage does not take it yet. */
  isStorages: boolean;
}

/** How long recording may take, in ms. */
const RECORD_MS = 2_000;

/**
 * Copies what is left of a text's attachments, and records what became of them.
 *
 * An object is stored before it is recorded. A worker that ends in between leaves an object that the next attempt
 * replaces, or that is deleted with its conversation's folder.
 *
 * @param text The claimed text.
 * @param claimToken The claim.
 * @param endsAt When the worker must have ended, on `performance.now()`'s clock, in ms.
 */
export async function copyMedia(
  text: ClaimedText,
  claimToken: string,
  endsAt: number,
  tools: CopyTools,
): Promise<void> {
  const copyEndsAt = endsAt - RECORD_MS;
  const failures: Failure[] = [];
  let { media } = text;
  if (text.num_media > media.length) {
    const filled = await fillFromList(text, claimToken, tools);
    if (filled.kind === "lost") return;
    if (filled.kind === "failed") {
      failures.push({ index: media.length, reason: filled.reason, isStorages: false });
    } else {
      media = filled.media;
      for (let index = media.length; index < text.num_media; index++) {
        failures.push({ index, reason: "Twilio does not have the file", isStorages: false });
      }
    }
  }

  const results: Result[] = [];
  for (const [index, { url, path, error }] of media.entries()) {
    if (path !== undefined || error !== undefined) continue;
    const copied = await copyOne(text, index, url, copyEndsAt, tools);
    if (copied.kind === "out_of_time") break;
    if (copied.kind === "failed") failures.push({ index, ...copied });
    else results.push(copied.result);
  }
  await record(text, claimToken, results, failures, tools);
}

/** Fills in the attachments that Twilio lists. `lost`: the text is another worker's, or is gone. */
async function fillFromList(
  { message_id, message_sid, conversation_id }: ClaimedText,
  claim_token: string,
  { callDatabase, twilioMedia, log }: CopyTools,
): Promise<
  | { kind: "filled"; media: ClaimedText["media"] }
  | { kind: "failed"; reason: string }
  | { kind: "lost" }
> {
  const fields = { message_sid, conversation_id };
  const listed = await twilioMedia.list(message_sid);
  if (listed.kind === "failed") {
    log(listed.isForbidden ? "error" : "warn", "media_failed", {
      ...fields,
      reason: listed.reason,
    });
    return listed;
  }
  const filled = await callDatabase(
    "recruiting_fill_media",
    { message_id, claim_token, listed: JSON.stringify(listed.media) },
    Attachments.nullable(),
    databaseDeadline(RECORD_MS),
  );
  if (filled.ok && filled.data) return { kind: "filled", media: filled.data };
  if (!filled.ok) logDatabaseFailure(log, filled.failure, fields);
  return { kind: "lost" };
}

type Copied =
  | { kind: "ended"; result: Result }
  | { kind: "failed"; reason: string; isStorages: boolean }
  | { kind: "out_of_time" };

/** Copies one attachment. */
async function copyOne(
  { conversation_id, message_id, message_sid }: ClaimedText,
  index: number,
  url: string,
  endsAt: number,
  { account, objects, log }: CopyTools,
): Promise<Copied> {
  const fields = { message_sid, conversation_id };
  const downloaded = await download(url, account, endsAt);
  switch (downloaded.kind) {
    case "out_of_time":
      return downloaded;
    case "refused":
      log("warn", "media_failed", { ...fields, reason: downloaded.reason });
      return { kind: "ended", result: { index, error: downloaded.reason } };
    case "failed": {
      const { reason, isForbidden } = downloaded;
      log(isForbidden ? "error" : "warn", "media_failed", { ...fields, reason });
      return { kind: "failed", reason, isStorages: false };
    }
  }
  const { content, contentType } = downloaded;
  const path = `${conversation_id}/${message_id}/${index}`;
  const stored = await objects.put(path, content, contentType, endsAt);
  switch (stored.kind) {
    case "done":
      return { kind: "ended", result: { index, path, size: content.size } };
    case "refused":
      log("error", "media_failed", { ...fields, reason: "Storage refuses the file" });
      return { kind: "ended", result: { index, error: "Storage refuses a file of this size" } };
    case "failed":
      log("error", "media_failed", { ...fields, reason: stored.reason });
      return { kind: "failed", reason: stored.reason, isStorages: true };
  }
}

/** Records results, and when the rest is due again. After the last attempt a failure is a result, too. */
async function record(
  { message_id, message_sid, conversation_id, attempts }: ClaimedText,
  claim_token: string,
  results: Result[],
  failures: Failure[],
  { callDatabase, deletesTwilioMedia, log }: CopyTools,
): Promise<void> {
  const isLast = nextWait(attempts) === undefined;
  const givenUp = failures.filter(({ isStorages }) => isLast && !isStorages)
    .map(({ index, reason }) => ({ index, error: reason }));
  const isTriedAgain = givenUp.length < failures.length;
  const recorded = await callDatabase(
    "recruiting_record_media",
    {
      message_id,
      conversation_id,
      claim_token,
      results: JSON.stringify([...results, ...givenUp]),
      retry_seconds: isTriedAgain ? nextWaitForEver(attempts) : 0,
      has_failed: isTriedAgain,
      deletes_twilio_media: deletesTwilioMedia,
    },
    RecordedMedia,
    databaseDeadline(RECORD_MS),
  );
  const fields = { message_sid, conversation_id };
  if (!recorded.ok) return logDatabaseFailure(log, recorded.failure, fields);
  const [row] = recorded.data;
  logWarnings(log, row, fields);
  const count = results.filter((result) => "path" in result).length;
  if (count > 0) log("info", "media_stored", { ...fields, count, reason: row.outcome });
}
