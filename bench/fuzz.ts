/**
 * `deno task fuzz [--runs N] [--seed N]`: sends generated requests to the two webhooks of a
 * temporary stack, and compares each answer with the contract.
 *
 * @module
 */
import postgres from "postgres";
import { wholeNumber } from "../local/command_line/option_values.ts";
import { withProgress } from "../local/command_line/progress.ts";
import { runTask, task } from "../local/command_line/task.ts";
import { examples } from "../local/command_line/task_command.ts";
import { apiUrl, databaseUrl } from "../local/settings/addresses.ts";
import { exampleSettings } from "../local/settings/environment.ts";
import { untilAskedToStop } from "../local/stack/lifetime.ts";
import { type TemporaryStack, withTemporaryStack } from "../local/stack/temporary_stack.ts";
import { type CampaignResult, runCampaign } from "./fuzz/campaign.ts";
import { LogWatch } from "./fuzz/log_watch.ts";
import { MemoryWatch } from "./fuzz/memory_watch.ts";
import { problemOfRows } from "./fuzz/stored_rows.ts";
import { createWorld } from "./fuzz/world.ts";
import { printTable } from "./table.ts";

const fuzzTask = task(
  "fuzz",
  "Send generated requests to the two webhooks, and compare each answer with the contract.",
)
  .option(
    "--runs <n>",
    "The number of requests, 1 to 10000000",
    wholeNumber(1, 10_000_000),
    100_000,
  )
  .option(
    "--seed <n>",
    "Repeats the requests of a run with the same --runs (default: from the clock)",
    wholeNumber(0, 10_000_000),
  )
  .addHelpText("after", examples("fuzz --runs 1000"))
  .action(async ({ runs, seed = Date.now() % 1_000_000 }) => {
    Deno.exitCode = await main(runs, seed);
  });

/** The number of concurrent requests. */
const CONCURRENCY = 32;

/** The interval at which the progress is shown, in ms. */
const PROGRESS_EVERY_MS = 500;

/** The bot waits for further texts as in a hosted project. */
const SETTINGS = { TURN_WAIT_SECONDS: "2" };

/** The exit status of an interrupted run: 128 and SIGINT's number. */
const INTERRUPTED = 130;

/** Prints the number of requests, and the answers. */
function printAnswers({ answers, sent }: CampaignResult, seconds: number, seed: number): void {
  const names = [...new Set([...answers.keys()].map((key) => key.slice(key.indexOf(" ") + 1)))];
  const count = (webhook: string, name: string) =>
    (answers.get(`${webhook} ${name}`) ?? 0).toLocaleString("en");
  const rate = (sent / seconds).toFixed(0);
  console.log(
    `\n${sent.toLocaleString("en")} requests in ${
      seconds.toFixed(0)
    } s, ${rate} a second, seed ${seed}\n`,
  );
  printTable(
    ["answer", "sms-inbound", "sms-status"],
    names.sort().map((name) => [name, count("sms-inbound", name), count("sms-status", name)]),
  );
}

let isAskedToStop = false;

/** The options of a run. */
interface FuzzOptions {
  runs: number;
  seed: number;
  authToken: string;
  log: LogWatch;
  isStopped(): boolean;
}

/** Runs the campaign on a stack, prints the results, and returns the problems. */
async function fuzz(
  { ports }: TemporaryStack,
  { runs, seed, authToken, log, isStopped }: FuzzOptions,
): Promise<string[]> {
  const sql = postgres(databaseUrl(ports), { onnotice: () => {}, max: 2 });
  try {
    await createWorld(sql);
    let answered = 0;
    const memory = new MemoryWatch(() => answered);
    const startedAt = performance.now();
    const result = await withCount(() => answered, runs, () =>
      runCampaign({
        apiUrl: apiUrl(ports),
        authToken,
        runs,
        seed,
        concurrency: CONCURRENCY,
        withStalls: true,
        isStopped,
        onAnswer: () => void answered++,
      }));
    const seconds = (performance.now() - startedAt) / 1000;
    const grown = await memory.stop();

    printAnswers(result, seconds, seed);
    console.log();
    memory.print();
    if (log.errors.size > 0) {
      console.log();
      printTable(["error in the log", "lines"], [...log.errors]);
    }
    const problem = result.failure ?? await problemOfRows(sql, result.sids, log.deferredSids);
    return problem === undefined ? grown : [problem, ...grown];
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Shows how many requests are answered. */
async function withCount<Result>(
  answered: () => number,
  runs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  return await withProgress("Sending requests", async (progress) => {
    const timer = setInterval(() => {
      const share = Math.floor(100 * answered() / runs);
      progress.show(
        `${answered().toLocaleString("en")} of ${runs.toLocaleString("en")} requests, ${share} %`,
      );
    }, PROGRESS_EVERY_MS);
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  });
}

/** Fuzzes a temporary stack, and returns the exit code. */
async function main(runs: number, seed: number): Promise<number> {
  untilAskedToStop().then(() => isAskedToStop = true);
  const { TWILIO_AUTH_TOKEN: authToken } = await exampleSettings();
  const log = new LogWatch(authToken);
  try {
    const problems = await withTemporaryStack(
      (stack) => fuzz(stack, { runs, seed, authToken, log, isStopped: () => isAskedToStop }),
      (line) => log.read(line),
      SETTINGS,
    );
    problems.push(...log.leaks);
    for (const problem of problems) console.error(`\nerror: ${problem}`);
    if (problems.length > 0) return 1;
    return isAskedToStop ? INTERRUPTED : 0;
  } catch (error) {
    // Ctrl-C also reaches the processes that are starting, so an error after it is expected.
    if (isAskedToStop) return INTERRUPTED;
    // The stack of an unexpected error is what an engineer needs.
    console.error(error);
    return 1;
  }
}

if (import.meta.main) await runTask(fuzzTask);

export default fuzzTask;
