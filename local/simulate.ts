/**
 * `deno task simulate`: texts as a recruit or posts a signed webhook as Twilio does, and prints the
 * answers and the stored rows.
 *
 * @module
 */
import { shieldFromShellVariables } from "./settings/shell_variables.ts";
import { call, CALL_HELP } from "./simulate/call.ts";
import { chat, CHAT_HELP } from "./simulate/chat.ts";
import { DEBUGGER_HELP, debuggerEntry } from "./simulate/debugger.ts";
import { events, EVENTS_HELP } from "./simulate/events.ts";
import { inbound, INBOUND_HELP } from "./simulate/inbound.ts";
import { UsageError } from "./simulate/options.ts";
import { status, STATUS_HELP } from "./simulate/status.ts";
import { streams, STREAMS_HELP } from "./simulate/streams.ts";

const HELP =
  `Text as a recruit, or post a signed webhook as Twilio does, and print the answers and the stored rows.

Usage: deno task simulate <command> [options]

Commands:
  inbound   A recruit texts one of the platform's numbers
  status    The status of an outbound message changes
  chat      A conversation in the terminal, as a recruit
  events    Event Streams tell of messages, in one batch
  streams   Switches Event Streams on and off
  call      A recruit calls one of the platform's numbers
  debugger  Twilio logs an error about a webhook

\`deno task simulate <command> --help\` lists a command's options.
`;

const COMMANDS: Record<
  string,
  { run(args: string[]): Promise<boolean>; help: string }
> = {
  inbound: { run: inbound, help: INBOUND_HELP },
  status: { run: status, help: STATUS_HELP },
  chat: { run: chat, help: CHAT_HELP },
  events: { run: events, help: EVENTS_HELP },
  streams: { run: streams, help: STREAMS_HELP },
  call: { run: call, help: CALL_HELP },
  debugger: { run: debuggerEntry, help: DEBUGGER_HELP },
};

shieldFromShellVariables();
const [name, ...args] = Deno.args;
const command = Object.hasOwn(COMMANDS, name ?? "") ? COMMANDS[name] : undefined;
if (command && (args.includes("--help") || args.includes("-h"))) {
  console.log(command.help);
} else if (command) {
  try {
    Deno.exit(await command.run(args) ? 0 : 1);
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : error}`);
    if (error instanceof UsageError) {
      console.error(`Try \`deno task simulate ${name} --help\``);
    }
    Deno.exit(error instanceof UsageError ? 2 : 1);
  }
} else if (name === undefined || name === "--help" || name === "-h") {
  console.log(HELP);
  if (name === undefined) Deno.exit(2);
} else {
  console.error(`error: There is no command "${name}"\n\n${HELP}`);
  Deno.exit(2);
}
