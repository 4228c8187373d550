/**
 * `deno task soak [--minutes N]`: keeps a temporary stack under a steady load, prints each minute's
 * figures, and compares the first ten minutes with the last ten.
 *
 * @module
 */
import postgres from "postgres";
import { wholeNumber } from "../local/command_line/option_values.ts";
import { runTask, task } from "../local/command_line/task.ts";
import { examples } from "../local/command_line/task_command.ts";
import { apiUrl, databaseUrl } from "../local/settings/addresses.ts";
import { untilAskedToStop } from "../local/stack/lifetime.ts";
import { RECONCILE_EVERY_SECONDS, startSchedule } from "../local/stack/schedule.ts";
import { type TemporaryStack, withTemporaryStack } from "../local/stack/temporary_stack.ts";
import { compare, MIN_MINUTES, spanOf, verdict } from "./soak/growth.ts";
import { type Load, startLoad } from "./soak/load.ts";
import { type Figures, Minute } from "./soak/minute.ts";
import { pause } from "./soak/pace.ts";
import { openScreens, type Screen } from "./soak/screens.ts";
import { printTable } from "./table.ts";

const soakTask = task("soak", "Keep a stack under a steady load, and report which figures grow.")
  .option(
    "--minutes <n>",
    "The duration, 2 to 10080, after half a minute of warm-up",
    wholeNumber(2, 10_080),
    60,
  )
  .addHelpText("after", examples("soak --minutes 20"))
  .action(async ({ minutes }) => {
    Deno.exitCode = await main(minutes);
  });

/** The load before the first measured minute, in ms: processes compile and load the bot's code. */
const WARM_UP_MS = 30_000;
const MINUTE_MS = 60_000;

/** The longest wait at the end for events that are still on their way, in ms. */
const RECEIVE_WITHIN_MS = 10_000;

/**
 * The bot waits as in a hosted project. A deferred text is answered 503, so that it counts as
 * failed.
 */
const SETTINGS = { TURN_WAIT_SECONDS: "2", DEFERRED_HTTP_STATUS: "503" };

/** The exit status of an interrupted run: 128 and SIGINT's number. */
const INTERRUPTED = 130;

/** Aborts on Ctrl-C and other signals. */
const stopping = new AbortController();

/** The result of a run. */
interface SoakResult {
  minutes: Figures[];
  /** The number of failures of each kind. */
  problems: Map<string, number>;
}

/** Runs the load, and prints each minute at its end. */
async function soak(
  { ports }: TemporaryStack,
  minutes: number,
): Promise<SoakResult> {
  const result: SoakResult = { minutes: [], problems: new Map() };
  const sql = postgres(databaseUrl(ports), { onnotice: () => {}, max: 4 });
  const stopSchedule = startSchedule(ports, RECONCILE_EVERY_SECONDS);
  const screens = await openScreens(apiUrl(ports));
  let minute = new Minute();
  try {
    const load = await startLoad({
      ports,
      sql,
      screens,
      onAnswer(kind, ms, problem) {
        minute.record(kind, ms);
        if (!problem) return;
        minute.failed++;
        result.problems.set(problem, (result.problems.get(problem) ?? 0) + 1);
      },
    });
    await pause(WARM_UP_MS, stopping.signal);
    await minute.end(sql);
    for (let number = 1; number <= minutes && !stopping.signal.aborted; number++) {
      minute = new Minute();
      await pause(MINUTE_MS, stopping.signal);
      const figures = await minute.end(sql);
      // An incomplete minute does not count.
      if (!stopping.signal.aborted) result.minutes.push(figures);
      printMinute(number, figures);
    }
    await load.stop();
    await printReceived(load, screens);
  } finally {
    await minute.end(sql);
    await Promise.all(screens.map((screen) => screen.stop()));
    await stopSchedule();
    await sql.end({ timeout: 5 });
  }
  return result;
}

/** Prints a line of the table, after the head if it is the first. */
function printMinute(number: number, figures: Figures): void {
  if (number === 1) printTable(["minute", ...Object.keys(figures)], []);
  const cells = Object.entries(figures).map(([name, value]) => shown(name, value));
  console.log(`| ${[number, ...cells].join(" | ")} |`);
}

/**
 * Prints how many texts the agents received by broadcast. A broadcast is a hint: a lost one is no
 * failure.
 */
async function printReceived(load: Load, screens: Screen[]): Promise<void> {
  const texts = () => screens.reduce((sum, _, agent) => sum + load.texts(agent), 0);
  const received = () => screens.reduce((sum, screen) => sum + screen.received(), 0);
  const deadline = performance.now() + RECEIVE_WITHIN_MS;
  while (received() < texts() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  console.log(`\nThe agents received ${received()} of ${texts()} texts by broadcast.`);
}

function printResult({ minutes, problems }: SoakResult): void {
  const span = spanOf(minutes.length);
  const comparisons = compare(minutes);
  console.log();
  printTable(
    ["figure", `first ${span} min`, `last ${span} min`, "growth an hour"],
    comparisons.map(({ name, first, last, perHour, isSteady }) => [
      name,
      shown(name, first),
      shown(name, last),
      isSteady && minutes.length >= MIN_MINUTES ? `${(100 * perHour).toFixed(0)} %` : "–",
    ]),
  );
  console.log();
  for (const [problem, times] of problems) console.log(`${problem}, ${times} times`);
  console.log(verdict(comparisons, minutes.length));
}

function shown(name: string, value: number): string {
  if (name.startsWith("RSS")) return `${value.toFixed(0)} MiB`;
  if (/ p\d+$/.test(name)) return `${value.toFixed(0)} ms`;
  return value.toLocaleString("en", { maximumFractionDigits: 1 });
}

/** Loads a temporary stack, and returns the exit code. */
async function main(minutes: number): Promise<number> {
  untilAskedToStop().then(() => stopping.abort());
  try {
    const result = await withTemporaryStack(
      (stack) => soak(stack, minutes),
      () => {},
      SETTINGS,
    );
    if (result.minutes.length > 0) printResult(result);
    if (result.problems.size > 0) return 1;
    return stopping.signal.aborted ? INTERRUPTED : 0;
  } catch (error) {
    // Ctrl-C also reaches the processes that are starting, so an error after it is expected.
    if (stopping.signal.aborted) return INTERRUPTED;
    // The stack of an unexpected error is what an engineer needs.
    console.error(error);
    return 1;
  }
}

if (import.meta.main) await runTask(soakTask);

export default soakTask;
