/**
 * `deno task stand-ins`: runs the stand-ins for Twilio's API and the model alone, for functions
 * under `supabase functions serve`.
 *
 * @module
 */
import { assertPortsAreFree, modelUrl, portsFrom, twilioUrl } from "./settings/addresses.ts";
import { createEnvFile, readSettings } from "./settings/environment.ts";
import { shieldFromShellVariables } from "./settings/shell_variables.ts";
import { untilAskedToStop } from "./stack/lifetime.ts";
import { startStandIns } from "./stack/stand_ins.ts";
import { parseOptions, UsageError } from "./simulate/options.ts";

const HELP = `Run the stand-ins for Twilio's API and the model alone.

Usage: deno task stand-ins [options]

  --host ADDRESS     The address to listen on (default 127.0.0.1). On Linux, Docker containers reach
                     this machine at its bridge address alone, usually 172.17.0.1
  --help             This text

PORT_BASE (default 54320) moves their ports, and the port of the gateway that gets inbound texts.
`;

shieldFromShellVariables();
const asked = untilAskedToStop();
try {
  const { host, help } = parseOptions(Deno.args, {
    host: { type: "string", default: "127.0.0.1" },
    help: { type: "boolean", short: "h", default: false },
  });
  if (help) {
    console.log(HELP);
    Deno.exit(0);
  }
  const ports = portsFrom(Deno.env.get("PORT_BASE"));
  const { twilio, model } = ports;
  assertCanListen(host);
  assertPortsAreFree({ twilio, model }, host);
  await createEnvFile();
  const stop = await startStandIns({ ports, hostname: host, settings: await readSettings() });
  console.error(`Ready. Ctrl-C stops both.

  Twilio stand-in  ${twilioUrl(ports, host)}
  Model stand-in   ${modelUrl(ports, host)}
`);
  const reason = await asked;
  console.error(`Stopping (${reason}) …`);
  await stop();
  Deno.exit(0);
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  Deno.exit(error instanceof UsageError ? 2 : 1);
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
