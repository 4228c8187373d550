/**
 * `deno task simulate`: texts as a recruit or posts a signed webhook as Twilio does, and prints the
 * answers and the stored rows.
 *
 * @module
 */
import { runTask, task } from "./command_line/task.ts";
import { addCall } from "./simulate/call.ts";
import { addChat } from "./simulate/chat.ts";
import { addDebugger } from "./simulate/debugger.ts";
import { addEvents } from "./simulate/events.ts";
import { addInbound } from "./simulate/inbound.ts";
import { addProfileAlert } from "./simulate/profile_alert.ts";
import { addStatus } from "./simulate/status.ts";
import { addStreams } from "./simulate/streams.ts";

const simulate = task(
  "simulate",
  "Text as a recruit, or post a signed webhook as Twilio does, and print the answers and the stored rows.",
);
addInbound(simulate);
addStatus(simulate);
addChat(simulate);
addEvents(simulate);
addStreams(simulate);
addCall(simulate);
addDebugger(simulate);
addProfileAlert(simulate);
simulate.addHelpText("after", "\nAdd --help to a command to see its options.");
if (import.meta.main) await runTask(simulate);

export default simulate;
