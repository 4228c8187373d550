/**
 * `deno task ci`: `check`, then `test`.
 *
 * @module
 */
import { runTask, task } from "./command_line/task.ts";

/** The tasks. The first that fails ends the task. */
const TASKS = ["check", "test"];

const ci = task("ci", "Check formatting, lint and types, then run every test.")
  .action(async () => {
    for (const name of TASKS) {
      const args = ["task", name];
      const { code } = await new Deno.Command(Deno.execPath(), { args }).spawn().status;
      if (code !== 0) {
        Deno.exitCode = 1;
        return;
      }
    }
  });
if (import.meta.main) await runTask(ci);

export default ci;
