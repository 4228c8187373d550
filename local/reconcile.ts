/**
 * `deno task reconcile`: compares a span of Twilio's log with the tables, and brings in missing
 * texts.
 *
 * @module
 */
import { setTimeout } from "node:timers/promises";
import { backfill, type Backfilled } from "./backfill/backfill.ts";
import { HELP, type Options, readOptions, USAGE } from "./backfill/options.ts";
import { checkpointFile, NO_CHECKPOINT_FILE } from "./backfill/checkpoint.ts";
import { showProgress, standardError, timeOf } from "./backfill/progress.ts";
import { callReconcile } from "./backfill/sms_reconcile.ts";
import { shieldFromShellVariables } from "./settings/shell_variables.ts";
import { UsageError } from "./simulate/options.ts";
import { dataFolderPath } from "./stack/data_folder.ts";
import { untilAskedToStop } from "./stack/lifetime.ts";

/** The exit status after Ctrl-C: 128 and SIGINT's number. */
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

/** Runs the task, and returns its exit status. */
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

shieldFromShellVariables();
try {
  const options = readOptions(Deno.args, Deno.env.get("SUPABASE_SECRET_KEY"));
  if (options === "help") {
    console.log(HELP);
    Deno.exit(0);
  }
  Deno.exit(await run(options));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  // The message quotes a misplaced argument, which may be a key.
  console.error(`error: ${message.replaceAll(/\bsb_secret_\w+|\beyJ[\w.-]+/g, "<key>")}`);
  if (error instanceof UsageError) console.error(`\n${USAGE}\nTry \`deno task reconcile --help\``);
  Deno.exit(error instanceof UsageError ? 2 : 1);
}
