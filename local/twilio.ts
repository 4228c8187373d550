/**
 * `deno task twilio`: works on the project's Twilio account.
 *
 * @module
 */
import type { Twilio } from "twilio";
import { repeatable } from "./command_line/option_values.ts";
import { withProgress } from "./command_line/progress.ts";
import { examples } from "./command_line/task_command.ts";
import { runTask, task } from "./command_line/task.ts";
import { configure } from "./configure/configure.ts";
import { withStandIn } from "./configure/local_account.ts";
import { processOutput } from "./configure/output.ts";
import { calledUrl, namedBy } from "./configure/options.ts";
import { shownText } from "./project/shown_text.ts";
import { type Project, readProject } from "./project/project.ts";
import { shownPath } from "./project/shown_path.ts";
import { openTwilio } from "./project/twilio_client.ts";

const twilio = task("twilio", "Work on the project's Twilio account.");
// What Commander quotes may be a whole phone number.
const { outputError } = twilio.configureOutput();
twilio.configureOutput({
  outputError: (text, write) =>
    (outputError ?? ((text, write) => write(text)))(shownText(text), write),
});

twilio.command("configure")
  .description(
    "Point numbers, Messaging Services, WhatsApp senders and Event Streams at the functions.\n" +
      "Prints what differs, asks, changes it, and reads it again. What is right stays.",
  )
  .option(
    "--number <phone>",
    "The webhooks of a number, such as +15550100000 (repeatable)",
    repeatable,
  )
  .option("--service <sid>", "The webhooks of a Messaging Service, MG… (repeatable)", repeatable)
  .option("--whatsapp <phone>", "The webhooks of a WhatsApp sender (repeatable)", repeatable)
  .option("--events", "A sink of Event Streams and its subscription")
  .option(
    "--url <url>",
    "The functions' public address, https://<ref>.supabase.co/functions/v1 (default: the first TWILIO_WEBHOOK_BASE_URL)",
  )
  .option("--env-file <path>", "The functions' variables (default: supabase/functions/.env)")
  .option("--dry-run", "Print what would be changed, and change nothing")
  .option("--yes", "Change without asking")
  .option("--json", "Print one JSON object; needs --yes or --dry-run")
  .addHelpText(
    "after",
    examples(
      "twilio configure --number +15550100000 --events --dry-run",
      'twilio configure --number +15550100000 --env-file supabase/functions/.env.production \\\n  --url "https://<ref>.supabase.co/functions/v1"',
    ),
  )
  .action(async (options) => {
    namedBy(options);
    const project = withStandIn(await readProject(options));
    calledUrl(project, options);
    Deno.exitCode = await configure(options, {
      project,
      twilio: clientOf(project),
      output: processOutput(),
      withProgress,
    });
  });

/** Opens the project's account. @throws {Error} If credentials are missing. The message names the variable and the file. */
function clientOf({ env, envFile }: Project): Twilio {
  try {
    return openTwilio(env);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Error(`${error.message}. Set it in ${shownPath(envFile)}`, { cause: error });
  }
}

if (import.meta.main) await runTask(twilio);

export default twilio;
