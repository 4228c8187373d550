/**
 * `deno task check`: formatting, lint and types.
 *
 * @module
 */
import { runTask, task } from "./command_line/task.ts";
import { DENO } from "./command_line/task_command.ts";

/** What has types. */
const FOLDERS = ["supabase/functions", "client", "examples", "local", "tests", "bench"];

/** The commands of Deno. The first that fails ends the task. */
const COMMANDS = [
  ["fmt", "--check"],
  ["lint"],
  ["check", "--node-modules-dir=auto", ...FOLDERS],
];

const check = task("check", "Check formatting, lint and types.")
  .addHelpText("after", `\n\`${DENO} fmt\` formats the files.`)
  .action(async () => {
    for (const args of COMMANDS) {
      const { code } = await new Deno.Command(Deno.execPath(), { args }).spawn().status;
      if (code !== 0) {
        Deno.exitCode = 1;
        return;
      }
    }
  });
if (import.meta.main) await runTask(check);

export default check;
