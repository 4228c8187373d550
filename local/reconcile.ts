/**
 * `deno task reconcile`: compares a span of Twilio's log with the tables, and brings in missing
 * texts.
 *
 * @module
 */
import { setTimeout } from "node:timers/promises";
import { backfill, type Backfilled } from "./reconcile/backfill.ts";
import { type Options, readOptions } from "./reconcile/options.ts";
import { checkpointFile, NO_CHECKPOINT_FILE } from "./reconcile/checkpoint.ts";
import { showProgress, standardError, timeOf } from "./reconcile/progress.ts";
import { callReconcile } from "./reconcile/sms_reconcile.ts";
import { runTask, task } from "./command_line/task.ts";
import { examples } from "./command_line/task_command.ts";
import { dataFolderPath } from "./stack/data_folder.ts";
import { untilAskedToStop } from "./stack/lifetime.ts";

/** The exit code after Ctrl-C: 128 and SIGINT's number. */
const STOPPED = 130;

/** The summary that is printed at the end. */
function summaryOf({ since, isDryRun }: Options, { cursor, counts }: Backfilled): string {
  const { listed, broughtIn, asked, updated, turns, confirmed, sentAgain, failed } = counts;
  const span = `${timeOf(since)} to ${timeOf(cursor)}`;
  if (isDryRun) {
    return `Compared ${span}; nothing is changed
  texts     ${listed} listed, ${broughtIn} missing
  statuses  ${asked} asked, ${updated} out of date
  sends     ${confirmed} to confirm, ${sentAgain} to send again, ${failed} to fail`;
  }
  return `Compared ${span}
  texts     ${listed} listed, ${broughtIn} brought in
  statuses  ${asked} asked, ${updated} updated
  turns     ${turns}
  sends     ${confirmed} confirmed, ${sentAgain} sent again, ${failed} failed`;
}

/** Runs the task, and returns its exit code. */
async function run(options: Options): Promise<number> {
  const { project, since, until, isDryRun } = options;
  const stop = new AbortController();
  untilAskedToStop().then(() => stop.abort());
  const { signal } = stop;
  const now = new Date();
  const end = until && until < now ? until : now;
  const progress = showProgress({ since, until: end, isDryRun }, standardError());
  const checkpoint = isDryRun
    ? NO_CHECKPOINT_FILE
    : await checkpointFile(dataFolderPath(), { url: project.url, since, until });
  let reached = since;
  try {
    const result = await backfill({ since, until, isDryRun }, {
      call: (call) => callReconcile(project, call, signal),
      pause: (seconds) => setTimeout(seconds * 1000, undefined, { signal }),
      checkpoint,
      onResume: (cursor) => progress.print(`Going on from ${timeOf(cursor)}`),
      onCheckpoint(cursor, counts, isWhole) {
        reached = cursor;
        progress.show(cursor, counts, isWhole);
      },
      onPause(reason, seconds) {
        progress.print(`${reason}. Next attempt in ${seconds} s`);
      },
    }, now);
    progress.end();
    console.log(summaryOf(options, result));
    if (result.isWorkLeft) {
      console.log("Statuses, turns or sends are still due: the schedule of sms-reconcile goes on");
    }
    return 0;
  } catch (error) {
    progress.end();
    if (!signal.aborted) throw error;
    console.error(
      isDryRun
        ? `Stopped at ${timeOf(reached)}; a dry run keeps no checkpoint`
        : `Stopped at ${timeOf(reached)}; the same call goes on from there`,
    );
    return STOPPED;
  }
}

const reconcile = task(
  "reconcile",
  "Compare Twilio's log of a span of time with the tables, and bring in every text that the tables do not " +
    "have. A text comes in once, however often the task runs.",
)
  .option(
    "--since <when>",
    "Where the span begins: a date (00:00 UTC), or a date and time with a zone (required)",
  )
  .option("--until <when>", "Where it ends (default: now)")
  .option("--dry-run", "Print what would be brought in, and change nothing")
  .option("--url <url>", "The project, https://<ref>.supabase.co (default: the local stack)")
  .option(
    "--secret-key <key>",
    "A secret key of that project. Better set SUPABASE_SECRET_KEY: Deno prints the arguments of a task, and " +
      "the shell's history keeps them",
  )
  .addHelpText(
    "after",
    `
Ctrl-C stops the task, and the same command goes on from there: LOCAL_DIR (.local) keeps a checkpoint.
Exit code: 0 done, 1 failed, 2 wrong options, 130 stopped.
` + examples(
        "reconcile --since 2026-11-01 --dry-run",
        "reconcile --since 2026-11-01T09:30:00+01:00 --until 2026-11-08",
        "reconcile --since 2026-11-01 --url https://<ref>.supabase.co",
      ),
  )
  .action(async (values) => {
    Deno.exitCode = await run(readOptions(values, Deno.env.get("SUPABASE_SECRET_KEY")));
  });
if (import.meta.main) await runTask(reconcile);

export default reconcile;
