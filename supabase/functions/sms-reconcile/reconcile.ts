/**
 * One run: brings in what Twilio's log has and the tables do not, asks for statuses that never came,
 * and does what is due.
 *
 * @module
 */
import type { Bot } from "../_shared/bot/turn.ts";
import { doDueWork, type DoneWork } from "../_shared/due_work/do_due_work.ts";
import { previewConfirmations } from "../_shared/outbox/confirm.ts";
import { checkStatuses } from "./check_statuses.ts";
import { compareTexts } from "./compare_texts.ts";
import type { ReconcileRequest } from "./reconcile_request.ts";
import type { TwilioLog } from "./twilio_log.ts";

/** What a run works with. */
export interface ReconcileTools {
  bot: Bot;
  /** Nothing if sending is not configured: then neither the log nor a status can be read. */
  twilioLog: TwilioLog | undefined;
  lagSeconds: number;
  overlapSeconds: number;
  statusCheckSeconds: number;
}

/** What came of a run; the answer of a call that waits. */
export interface Reconciled {
  /** `more`: a bound ended the run while something was left. */
  status: "done" | "more";
  turns: number;
  sends: DoneWork["sends"];
  inbound: { listed: number; brought_in: number };
  statuses: { asked: number; updated: number };
  /** ISO 8601, whole seconds. */
  cursor: string | null;
}

/** A run, with what kept it from being whole. */
export interface Run {
  kind: "reconciled" | "twilio_unreachable" | "unavailable";
  reconciled: Reconciled;
}

/** After so many ms a run begins no new piece of work: the next run goes on. */
const RUN_MS = 40_000;

/** Comparing leaves the rest of the run to what is due, in ms. */
const COMPARE_MS = 25_000;

/** Runs once. */
export async function reconcile(
  { wait, span, isDryRun }: ReconcileRequest,
  { bot, twilioLog, lagSeconds, overlapSeconds, statusCheckSeconds }: ReconcileTools,
): Promise<Run> {
  const startedAt = performance.now();
  const endsAt = startedAt + COMPARE_MS;
  const { callDatabase, log } = bot;
  const tools = twilioLog && { callDatabase, twilioLog, outbox: bot.outbox, log };

  const texts = tools
    ? await compareTexts({ span, isAtOnce: wait, isDryRun, endsAt }, {
      ...tools,
      configuration: { ...bot.configuration, lagSeconds, overlapSeconds },
    })
    : { status: "done" as const, listed: 0, broughtIn: 0, confirmed: 0, cursor: null };
  const statuses = tools && texts.status !== "twilio_unreachable" && texts.status !== "unavailable"
    ? await checkStatuses({ isDryRun, endsAt }, { ...tools, statusCheckSeconds })
    : { status: "done" as const, asked: 0, updated: 0 };
  const isTwilioUnreachable = [texts, statuses].some(({ status }) =>
    status === "twilio_unreachable"
  );
  const work = isDryRun
    ? await previewWork(bot, isTwilioUnreachable)
    : await doDueWork(bot, RUN_MS - (performance.now() - startedAt), isTwilioUnreachable);

  const outcomes = [texts.status, statuses.status, work.status];
  return {
    kind: outcomes.includes("unavailable")
      ? "unavailable"
      : work.isTwilioUnreachable
      ? "twilio_unreachable"
      : "reconciled",
    reconciled: {
      status: outcomes.includes("more") ? "more" : "done",
      turns: work.turns,
      sends: { ...work.sends, confirmed: work.sends.confirmed + texts.confirmed },
      inbound: { listed: texts.listed, brought_in: texts.broughtIn },
      statuses: { asked: statuses.asked, updated: statuses.updated },
      cursor: texts.cursor && texts.cursor.toISOString().replace(/\.\d+Z$/, "Z"),
    },
  };
}

/** What the due sends would become, 50 at most. Turns are not previewed. */
async function previewWork(bot: Bot, isTwilioUnreachable: boolean): Promise<DoneWork> {
  const work: DoneWork = {
    status: "done",
    turns: 0,
    sends: { confirmed: 0, sent_again: 0, failed: 0 },
    isTwilioUnreachable,
  };
  const previews = isTwilioUnreachable ? [] : await previewConfirmations(bot);
  if (previews === "unavailable") return { ...work, status: "unavailable" };
  for (const { kind } of previews) {
    if (kind === "twilio_unreachable") work.isTwilioUnreachable = true;
    else if (kind !== "left") work.sends[kind]++;
  }
  return work;
}
