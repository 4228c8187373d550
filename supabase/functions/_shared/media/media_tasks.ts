/**
 * The background tasks for attachments: copying them to Storage, and deleting what is needed no longer.
 *
 * @module
 */
import { z } from "zod/v3";
import type { Configuration } from "../configuration/configuration.ts";
import {
  type CallDatabase,
  databaseDeadline,
  type DatabaseResult,
  logDatabaseFailure,
} from "../database/database.ts";
import { type BackgroundTask, claimedTask } from "../due_work/do_background_work.ts";
import type { Log } from "../log/log.ts";
import type { TwilioAccount } from "../twilio/twilio_api.ts";
import { ClaimedText, copyMedia } from "./copy_media.ts";
import { ClaimedDeletion, deleteDue, DELETION_MS } from "./delete_due.ts";
import { connectStorage } from "./stored_objects.ts";
import { openTwilioMedia } from "./twilio_media.ts";

/** Dependencies of the tasks. */
export interface MediaTools {
  configuration: Configuration;
  callDatabase: CallDatabase;
  /** Undefined if no Twilio account is configured: then nothing is copied. */
  account: TwilioAccount | undefined;
  /** Whether Twilio's own copy is deleted once an attachment is stored. */
  deletesTwilioMedia: boolean;
  log: Log;
}

/** The most texts whose attachments are copied at once: each may hold a file of 16 MiB in memory. */
const COPIED_AT_ONCE = 2;

const DELETED_AT_ONCE = 10;

/** What must be left of a run to begin a copy, in ms. A copy that is cut short is done in the next run. */
const COPY_MIN_MS = 4_000;

/** Makes the tasks. Twilio's SDK is loaded at its first use. */
export function createMediaTasks(
  { configuration, callDatabase, account, deletesTwilioMedia, log }: MediaTools,
): BackgroundTask[] {
  const objects = connectStorage(configuration);
  const twilioMedia = account && openTwilioMedia(account);
  const tasks: BackgroundTask[] = [{
    name: "deletions",
    atOnce: DELETED_AT_ONCE,
    run(endsAt) {
      return claimedTask<Claimed<ClaimedDeletion>>({
        name: this.name,
        atOnce: this.atOnce,
        itemMs: DELETION_MS,
        claim: async (batch) => {
          const claim_token = crypto.randomUUID();
          const claimed = await callDatabase(
            "recruiting_claim_deletions",
            { claim_token, batch },
            z.array(ClaimedDeletion),
            databaseDeadline(),
          );
          return itemsOf(claimed, claim_token, log);
        },
        doItem: ({ item, token }) =>
          deleteDue(item, token, { callDatabase, objects, twilioMedia, log }),
        log,
      }).run(endsAt);
    },
  }];
  if (!account || !twilioMedia) return tasks;
  tasks.push({
    name: "media",
    atOnce: COPIED_AT_ONCE,
    run(endsAt) {
      return claimedTask<Claimed<ClaimedText>>({
        name: this.name,
        atOnce: this.atOnce,
        itemMs: COPY_MIN_MS,
        claim: async (batch) => {
          const claim_token = crypto.randomUUID();
          const claimed = await callDatabase(
            "recruiting_claim_media",
            { claim_token, batch },
            z.array(ClaimedText),
            databaseDeadline(),
          );
          return itemsOf(claimed, claim_token, log);
        },
        doItem: ({ item, token }) =>
          copyMedia(item, token, endsAt, {
            callDatabase,
            account,
            twilioMedia,
            objects,
            deletesTwilioMedia,
            log,
          }),
        log,
      }).run(endsAt);
    },
  });
  return tasks;
}

/** An item with the claim that it was claimed with. */
interface Claimed<Item> {
  item: Item;
  token: string;
}

/** The items of a claim; undefined if the database failed, which is logged. */
function itemsOf<Item>(
  claimed: DatabaseResult<Item[]>,
  token: string,
  log: Log,
): Claimed<Item>[] | undefined {
  if (claimed.ok) return claimed.data.map((item) => ({ item, token }));
  logDatabaseFailure(log, claimed.failure, {});
}
