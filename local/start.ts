/**
 * `deno task start`: runs the stack and the demo page on this machine until it is asked to stop.
 *
 * What starts, in its order: `startServices` in stack/stack.ts, and then the demo page.
 *
 * @module
 */
import { type Demo, startDemo } from "../examples/inbox/demo.ts";
import { type Progress, withProgress } from "./command_line/progress.ts";
import { runTask, task } from "./command_line/task.ts";
import { examples, taskCommand } from "./command_line/task_command.ts";
import {
  apiUrl,
  databaseUrl,
  demoUrl,
  modelUrl,
  type Ports,
  portsFrom,
  studioUrl,
  twilioUrl,
} from "./settings/addresses.ts";
import { LOCAL_AGENTS } from "./settings/agents.ts";
import { dataFolderPath } from "./stack/data_folder.ts";
import { createEnvFile, readSettings } from "./settings/environment.ts";
import { PUBLISHABLE_KEY, SECRET_KEY } from "./settings/keys.ts";
import { untilAskedToStop } from "./stack/lifetime.ts";
import { readReconcileEverySeconds } from "./stack/schedule.ts";
import { startStack } from "./stack/stack.ts";
import { collectStartProblems, type StartProblems } from "./stack/start_problems.ts";

const start = task(
  "start",
  "Run everything on this machine: Postgres, REST, Auth, Realtime, Storage, the Edge Functions, the demo page " +
    "and stand-ins for Twilio and the model.",
)
  .addHelpText(
    "after",
    `
The log lines of the functions go to standard output, everything else to standard error. A changed
function is loaded again by itself. Ctrl-C stops all of it.

Variables:
  PORT_BASE                The ports are this number + 1 and so on (default 54320)
  LOCAL_DIR                The folder of the data (default .local)
  RECONCILE_EVERY_SECONDS  How often sms-reconcile is called (default 10); 0 for never
  The functions' variables are in supabase/functions/.env: docs/configuration.md
` + examples("start", "simulate chat --from +15550100001 --to +15550100000"),
  )
  .action(run);

/** What runs. */
interface Running {
  /** The services, in the order of their start. */
  services: { stop(): Promise<void> }[];
  /** Shows the functions' log lines. */
  demo: Demo | undefined;
  problems: StartProblems;
}

/** Starts everything, and stops it when the task is asked to stop. */
async function run(): Promise<void> {
  let isAskedToStop = false;
  const asked = untilAskedToStop().finally(() => isAskedToStop = true);
  const startedAt = performance.now();
  const running: Running = {
    services: [],
    demo: undefined,
    problems: collectStartProblems(),
  };
  const stop = async () => {
    for (const service of running.services.splice(0).reverse()) await service.stop();
  };
  try {
    const ports = portsFrom(Deno.env.get("PORT_BASE"));
    await withProgress("Starting …", (progress) => startServices(ports, running, progress));
    printBanner(ports, (performance.now() - startedAt) / 1000);
    const problems = running.problems.words();
    if (problems) console.error(problems);
    const reason = await asked;
    console.error(`Stopping (${reason}) …`);
    await stop();
  } catch (error) {
    await stop();
    // Ctrl-C also reaches the processes that are starting, so an error after it is expected.
    if (!isAskedToStop) throw error;
  }
}

async function startServices(ports: Ports, running: Running, progress: Progress): Promise<void> {
  await createEnvFile();
  const settings = await readSettings();
  const stack = await startStack({
    folder: dataFolderPath(),
    ports,
    settings,
    watch: true,
    reconcileEverySeconds: readReconcileEverySeconds(Deno.env.get("RECONCILE_EVERY_SECONDS")),
    withExamples: true,
    onLog: (line) => {
      progress.printAbove(() => console.log(line));
      running.problems.add(line);
      running.demo?.addLogLine(line);
    },
    onProgress: (step) => {
      if (Deno.stderr.isTerminal()) progress.show(`${step} …`);
      else console.error(`${step} …`);
    },
  });
  running.services.push(stack);
  running.demo = startDemo({ ports, settings, watch: true });
  running.services.push(running.demo);
}

function printBanner(ports: Ports, seconds: number): void {
  console.error(`
Open ${demoUrl(ports)}

Ready after ${seconds.toFixed(1)} s. Ctrl-C stops all of it.

  API              ${apiUrl(ports)}
  Edge Functions   ${
    apiUrl(ports)
  }/functions/v1/sms-inbound, /sms-status, /twilio-events, /sms-send, /sms-reconcile and /profile-alerts
  Database         ${databaseUrl(ports)}
  Studio           ${studioUrl(ports)}
  Twilio stand-in  ${twilioUrl(ports)}
  Model stand-in   ${modelUrl(ports)}
  Publishable key  ${PUBLISHABLE_KEY}
  Secret key       ${SECRET_KEY}
${LOCAL_AGENTS.map(({ email, password }) => `  Agent            ${email}  ${password}`).join("\n")}

Text a bot as a recruit on that page, or in another terminal:

  ${taskCommand("simulate chat --from +15550100001 --to +15550100000")}
`);
}

if (import.meta.main) await runTask(start);

export default start;
