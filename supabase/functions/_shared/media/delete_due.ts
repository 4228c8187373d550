/**
 * Does one deletion that is due: a folder of Storage, or a Media resource of Twilio's.
 *
 * @module
 */
import { z } from "zod/v3";
import { type CallDatabase, databaseDeadline, logDatabaseFailure } from "../database/database.ts";
import { Constants } from "../database/database.constants.ts";
import type { Log } from "../log/log.ts";
import { nextWaitForEver } from "./retry_waits.ts";
import type { StoredObjects } from "./stored_objects.ts";
import type { TwilioMedia } from "./twilio_media.ts";

/** Dependencies of deleting. */
export interface DeleteTools {
  callDatabase: CallDatabase;
  objects: StoredObjects;
  /** Undefined if no Twilio account is configured. */
  twilioMedia: TwilioMedia | undefined;
  log: Log;
}

/** A row of `recruiting_claim_deletions`. */
export const ClaimedDeletion = z.object({
  kind: z.enum(Constants.public.Enums.recruiting_deletion_kind),
  target: z.string(),
  objects: z.array(z.string()),
  attempts: z.number(),
});

export type ClaimedDeletion = z.infer<typeof ClaimedDeletion>;

/** How long deleting the objects of one claim may take, in ms. */
const DELETE_MS = 4_000;

/** How long recording may take, in ms. */
const FINISH_MS = 2_000;

/** The longest that one deletion takes, in ms. */
export const DELETION_MS = DELETE_MS + FINISH_MS;

/** Deletes, and records whether it has succeeded. */
export async function deleteDue(
  deletion: ClaimedDeletion,
  claim_token: string,
  tools: DeleteTools,
): Promise<void> {
  const { callDatabase, log } = tools;
  const deleted = await deleteTarget(deletion, tools);
  if (deleted.kind === "failed") log("error", "deletion_failed", { reason: deleted.reason });
  const finished = await callDatabase(
    "recruiting_finish_deletion",
    {
      target: deletion.target,
      claim_token,
      retry_seconds: deleted.kind === "failed" ? nextWaitForEver(deletion.attempts) : undefined,
    },
    z.unknown(),
    databaseDeadline(FINISH_MS),
  );
  if (!finished.ok) logDatabaseFailure(log, finished.failure, {});
}

async function deleteTarget(
  { kind, target, objects: names }: ClaimedDeletion,
  { objects, twilioMedia }: DeleteTools,
): Promise<{ kind: "deleted" } | { kind: "failed"; reason: string }> {
  switch (kind) {
    case "twilio_media":
      return await twilioMedia?.remove(target) ??
        { kind: "failed", reason: "No Twilio account is configured" };
    case "folder": {
      if (names.length === 0) return { kind: "deleted" };
      const [bucket] = target.split("/", 1);
      const removed = await objects.remove(bucket, names, performance.now() + DELETE_MS);
      switch (removed.kind) {
        case "done":
          return { kind: "deleted" };
        case "refused":
          return { kind: "failed", reason: "Storage refuses the deletion" };
        case "failed":
          return removed;
      }
    }
  }
}
