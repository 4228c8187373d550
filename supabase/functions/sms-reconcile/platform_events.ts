/**
 * The platform's events: numbers those that are new, and posts them to the platform's webhook if there is one.
 *
 * @module
 */
import { z } from "zod/v3";
import { type CallDatabase, logDatabaseFailure } from "../_shared/database/database.ts";
import { type BackgroundTask, claimedTask } from "../_shared/due_work/do_background_work.ts";
import type { Log } from "../_shared/log/log.ts";
import { CHANNELS } from "../_shared/twilio/channel_address.ts";
import { runCallDeadline } from "./database_calls.ts";
import { type PlatformWebhook, POST_MS, postEvent, urlId } from "./platform_webhook.ts";

/** Dependencies of the task. */
export interface PlatformEventTools {
  callDatabase: CallDatabase;
  /** Undefined if no webhook is configured: then events are only numbered. */
  webhook: PlatformWebhook | undefined;
  log: Log;
}

/** The most posts at once. */
const AT_ONCE = 10;

/** Seconds after which another worker may claim an event: longer than a post and the calls around it take. */
const LEASE_SECONDS = 30;

/** An event, as the database returns and the webhook gets it. */
const PlatformEvent = z.object({
  position: z.number(),
  event: z.string(),
  channel: z.enum(CHANNELS),
  conversation_id: z.string(),
  message_id: z.string(),
  message_sid: z.string(),
  status: z.string(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
  recruit_phone: z.string(),
  twilio_phone: z.string(),
  num_segments: z.number().nullable(),
  occurred_at: z.string(),
});

/** An event that this worker has claimed. */
interface ClaimedEvent {
  event: z.infer<typeof PlatformEvent>;
  claimToken: string;
}

/** Makes the task. */
export function platformEventsTask(
  { callDatabase, webhook, log }: PlatformEventTools,
): BackgroundTask {
  const name = "platform events";
  return {
    name,
    atOnce: AT_ONCE,
    async run(endsAt) {
      const webhookId = webhook && await urlId(webhook.url);
      const numbered = await callDatabase(
        "recruiting_number_platform_events",
        { webhook: webhookId },
        z.boolean(),
        runCallDeadline(),
      );
      if (!numbered.ok) {
        logDatabaseFailure(log, numbered.failure, {});
        return "database_failed";
      }
      if (!webhook || !webhookId) return numbered.data ? "more" : "done";
      const report: PostReport = { posted: 0, failed: 0, lastReason: "" };
      const status = await claimedTask<ClaimedEvent>({
        name,
        atOnce: AT_ONCE,
        itemMs: POST_MS,
        claim: (count) => claim(count, webhookId, { callDatabase, log }),
        doItem: (claimed) => post(claimed, { webhook, webhookId, callDatabase, log, report }),
        log,
      }).run(endsAt);
      logReport(report, log);
      return status === "done" && numbered.data ? "more" : status;
    },
  };
}

/** What a run posted. */
interface PostReport {
  posted: number;
  failed: number;
  /** Why the last one failed. */
  lastReason: string;
}

/** Logs one line each for what was posted and for what failed, however many: the platform limits lines. */
function logReport({ posted, failed, lastReason }: PostReport, log: Log): void {
  if (posted > 0) log("info", "events_posted", { count: posted });
  if (failed > 0) log("warn", "events_not_posted", { count: failed, reason: lastReason });
}

async function claim(
  count: number,
  webhookId: string,
  { callDatabase, log }: Pick<PlatformEventTools, "callDatabase" | "log">,
): Promise<ClaimedEvent[] | undefined> {
  const claimToken = crypto.randomUUID();
  const claimed = await callDatabase(
    "recruiting_claim_platform_posts",
    { claim_token: claimToken, webhook: webhookId, batch: count, lease_seconds: LEASE_SECONDS },
    z.array(PlatformEvent),
    runCallDeadline(),
  );
  if (claimed.ok) return claimed.data.map((event) => ({ event, claimToken }));
  logDatabaseFailure(log, claimed.failure, {});
}

/**
 * Posts an event, and records the result. A worker that is killed between the two leaves an event that is posted
 * again, with the same id.
 */
async function post(
  { event, claimToken }: ClaimedEvent,
  { webhook, webhookId, callDatabase, log, report }: {
    webhook: PlatformWebhook;
    webhookId: string;
    report: PostReport;
  } & Pick<PlatformEventTools, "callDatabase" | "log">,
): Promise<void> {
  const body = JSON.stringify({ type: event.event, timestamp: event.occurred_at, data: event });
  const result = await postEvent(`evt_${event.position}`, body, webhook);
  switch (result.kind) {
    case "posted":
      report.posted++;
      break;
    case "failed":
      report.failed++;
      report.lastReason = result.reason;
  }
  const recorded = await callDatabase(
    "recruiting_record_platform_post",
    {
      webhook: webhookId,
      event_position: event.position,
      claim_token: claimToken,
      was_posted: result.kind === "posted",
    },
    z.unknown(),
    runCallDeadline(),
  );
  if (!recorded.ok) {
    const { message_sid, conversation_id } = event;
    logDatabaseFailure(log, recorded.failure, { message_sid, conversation_id });
  }
}
