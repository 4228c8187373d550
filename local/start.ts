/**
 * `deno task start`: runs the stack and the demo page on this machine until it is asked to stop.
 *
 * @module
 */
import { type Demo, startDemo } from "../examples/inbox/demo.ts";
import {
  apiUrl,
  databaseUrl,
  demoUrl,
  modelUrl,
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
import { collectStartProblems } from "./stack/start_problems.ts";

let isAskedToStop = false;
const asked = untilAskedToStop().finally(() => isAskedToStop = true);
const startedAt = performance.now();

/** Shows the functions' log lines. */
let demo: Demo | undefined;

const problems = collectStartProblems();

/** The running services, in the order of their start. */
const running: { stop(): Promise<void> }[] = [];
const stop = async () => {
  for (const service of running.splice(0).reverse()) await service.stop();
};

try {
  const ports = portsFrom(Deno.env.get("PORT_BASE"));
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
      console.log(line);
      problems.add(line);
      demo?.addLogLine(line);
    },
    onProgress: (step) => console.error(`${step} …`),
  });
  running.push(stack);
  demo = startDemo({ ports, settings, watch: true });
  running.push(demo);

  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.error(`
Open ${demoUrl(ports)}

Ready after ${seconds} s. Ctrl-C stops all of it.

  API              ${apiUrl(ports)}
  Edge Functions   ${
    apiUrl(ports)
  }/functions/v1/sms-inbound, /sms-status, /twilio-events, /sms-send and /sms-reconcile
  Database         ${databaseUrl(ports)}
  Studio           ${studioUrl(ports)}
  Twilio stand-in  ${twilioUrl(ports)}
  Model stand-in   ${modelUrl(ports)}
  Publishable key  ${PUBLISHABLE_KEY}
  Secret key       ${SECRET_KEY}
${LOCAL_AGENTS.map(({ email, password }) => `  Agent            ${email}  ${password}`).join("\n")}

Text a bot as a recruit on that page, or in another terminal:

  ${command("simulate chat")} --from +15550100001 --to +15550100000
`);
  const missing = problems.words();
  if (missing) console.error(missing);
  const reason = await asked;
  console.error(`Stopping (${reason}) …`);
  await stop();
  Deno.exit(0);
} catch (error) {
  await stop();
  // Ctrl-C also reaches the processes that are starting, so an error after it is expected.
  if (isAskedToStop) Deno.exit(0);
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  Deno.exit(1);
}

/** The command that runs a task against this stack, for another terminal. */
function command(task: string): string {
  const portBase = Deno.env.get("PORT_BASE");
  return `${portBase ? `PORT_BASE=${portBase} ` : ""}npx -y deno@2.9.6 task ${task}`;
}
