/**
 * `deno task stand-ins`: runs the stand-ins for Twilio's API and the model alone, for functions
 * under `supabase functions serve`.
 *
 * @module
 */
import { runTask, task } from "./command_line/task.ts";
import { examples } from "./command_line/task_command.ts";
import { UsageError } from "./command_line/usage_error.ts";
import { assertPortsAreFree, modelUrl, portsFrom, twilioUrl } from "./settings/addresses.ts";
import { createEnvFile, readSettings } from "./settings/environment.ts";
import { untilAskedToStop } from "./stack/lifetime.ts";
import { startStandIns } from "./stack/stand_ins.ts";

const standIns = task(
  "stand-ins",
  "Run the stand-ins for Twilio's API and the model alone, for functions under `supabase functions serve`.",
)
  .option(
    "--host <address>",
    "The address to listen on. On Linux, Docker containers reach this machine at its bridge address alone, " +
      "usually 172.17.0.1",
    "127.0.0.1",
  )
  .addHelpText(
    "after",
    `
PORT_BASE (default 54320) moves their ports, and the port of the gateway that gets inbound texts.
` + examples("stand-ins --host 172.17.0.1"),
  )
  .action(({ host }) => serve(host));

/** Runs the stand-ins until the task is asked to stop. */
async function serve(host: string): Promise<void> {
  const ports = portsFrom(Deno.env.get("PORT_BASE"));
  const { twilio, model } = ports;
  assertCanListen(host);
  assertPortsAreFree({ twilio, model }, host);
  const asked = untilAskedToStop();
  await createEnvFile();
  const stop = await startStandIns({ ports, hostname: host, settings: await readSettings() });
  console.error(`Ready. Ctrl-C stops both.

  Twilio stand-in  ${twilioUrl(ports, host)}
  Model stand-in   ${modelUrl(ports, host)}
`);
  const reason = await asked;
  console.error(`Stopping (${reason}) …`);
  await stop();
}

/** Checks that an address is one of this machine's. @throws {UsageError} If it is not. */
function assertCanListen(hostname: string): void {
  try {
    Deno.listen({ hostname, port: 0 }).close();
  } catch (error) {
    throw new UsageError(`--host must be an address of this machine, not "${hostname}"`, {
      cause: error,
    });
  }
}

if (import.meta.main) await runTask(standIns);

export default standIns;
