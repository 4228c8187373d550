/**
 * One run: brings in what Twilio's log has and the tables do not, asks Twilio for statuses that no callback
 * reported, and does what is due: first turns and sends, then background work.
 *
 * @module
 */
import type { Bot } from "../_shared/bot/bot.ts";
import {
  type BackgroundStatus,
  type BackgroundTask,
  doBackgroundWork,
} from "../_shared/due_work/do_background_work.ts";
import { doDueWork, type DoneWork } from "../_shared/due_work/do_due_work.ts";
import { previewDueSends, type SendCounts } from "../_shared/outbox/preview_sends.ts";
import { type CheckedStatuses, checkStatuses } from "./check_statuses.ts";
import { compareLog, type Comparison } from "./compare_log.ts";
import type { ReconcileRequest } from "./reconcile_request.ts";
import type { TwilioLog } from "./twilio_log.ts";

/** Dependencies of a run. */
export interface ReconcileTools {
  bot: Bot;
  /** Undefined if sending is not configured: then the run does due work only. */
  twilioLog: TwilioLog | undefined;
  /** The newest seconds of the log, which are not compared yet. */
  lagSeconds: number;
  /** The seconds before the cursor that are compared again. */
  overlapSeconds: number;
  /** Seconds after a send was begun until Twilio is asked for its status. */
  statusCheckSeconds: number;
  /** What is done after turns and sends. */
  backgroundTasks: BackgroundTask[];
}

/** What a run did: the answer of a call that waits. */
export interface Reconciled {
  /** `more`: a bound ended the run while something was left. */
  status: "done" | "more";
  turns: number;
  sends: SendCounts;
  inbound: { listed: number; brought_in: number };
  statuses: { asked: number; updated: number };
  /** ISO 8601, whole seconds. */
  cursor: string | null;
}

/** A run: what it did, and in `kind` what kept it from doing all of it. */
export interface Run {
  kind: "reconciled" | "twilio_unreachable" | "database_failed";
  reconciled: Reconciled;
}

/** The time after which a run begins no new item of work, in ms. The next run goes on. */
const RUN_MS = 40_000;

/** The time after which comparing and asking end, in ms. The rest of the run is for due work. */
const COMPARE_MS = 25_000;

const NOT_COMPARED: Comparison = {
  status: "done",
  listed: 0,
  broughtIn: 0,
  confirmed: 0,
  hasFailed: false,
  cursor: null,
};

const NOT_CHECKED: CheckedStatuses = { status: "done", asked: 0, updated: 0 };

/** Runs once. If one part fails, due turns are still done. */
export async function reconcile(
  { wait, span, isDryRun }: ReconcileRequest,
  { bot, twilioLog, lagSeconds, overlapSeconds, statusCheckSeconds, backgroundTasks }:
    ReconcileTools,
): Promise<Run> {
  const startedAt = performance.now();
  const leftMs = () => RUN_MS - (performance.now() - startedAt);
  const endsAt = startedAt + COMPARE_MS;
  const { callDatabase, log } = bot;
  const tools = twilioLog && { callDatabase, twilioLog, outbox: bot.outbox, log };

  const compared = tools
    ? await compareLog({ span, ignoresInterval: wait, isDryRun, endsAt }, {
      ...tools,
      configuration: { ...bot.configuration, lagSeconds, overlapSeconds },
    })
    : NOT_COMPARED;
  const hasFailed = compared.status === "twilio_unreachable" ||
    compared.status === "database_failed";
  const checked = tools && !hasFailed
    ? await checkStatuses({ isDryRun, endsAt }, { ...tools, statusCheckSeconds })
    : NOT_CHECKED;
  const isTwilioUnreachable = [compared.status, checked.status].includes("twilio_unreachable");
  const work = isDryRun
    ? await previewWork(bot, isTwilioUnreachable)
    : await doDueWork(bot, leftMs(), isTwilioUnreachable);
  const background: BackgroundStatus = isDryRun || work.status === "database_failed"
    ? "done"
    : await doBackgroundWork(backgroundTasks, leftMs(), log);

  const statuses = [compared.status, checked.status, work.status, background];
  return {
    kind: statuses.includes("database_failed")
      ? "database_failed"
      : work.isTwilioUnreachable
      ? "twilio_unreachable"
      : "reconciled",
    reconciled: {
      status: statuses.includes("more") ? "more" : "done",
      turns: work.turns,
      sends: { ...work.sends, confirmed: work.sends.confirmed + compared.confirmed },
      inbound: { listed: compared.listed, brought_in: compared.broughtIn },
      statuses: { asked: checked.asked, updated: checked.updated },
      cursor: compared.cursor && compared.cursor.toISOString().replace(/\.\d+Z$/, "Z"),
    },
  };
}

/** Previews the due sends, 50 at most. Turns are not previewed. */
async function previewWork(bot: Bot, isTwilioUnreachable: boolean): Promise<DoneWork> {
  const work: DoneWork = {
    status: "done",
    turns: 0,
    sends: { confirmed: 0, sent_again: 0, failed: 0 },
    isTwilioUnreachable,
  };
  if (isTwilioUnreachable) return work;
  const preview = await previewDueSends(bot);
  if (preview.kind === "database_failed") return { ...work, status: "database_failed" };
  return { ...work, sends: preview.counts, isTwilioUnreachable: preview.isTwilioUnreachable };
}
