/**
 * `deno task doctor`: checks a project, its functions, its database and its Twilio account.
 *
 * Exit codes: 0 nothing is wrong, 1 something is wrong, 2 wrong options.
 *
 * @module
 */
import { hasColours } from "./command_line/colours.ts";
import { withProgress } from "./command_line/progress.ts";
import { runTask, task } from "./command_line/task.ts";
import { terminalColumns } from "./command_line/terminal_columns.ts";
import { allChecks } from "./doctor/checks.ts";
import { examine } from "./doctor/examine.ts";
import { reportOf } from "./doctor/print_findings.ts";
import { runChecks } from "./doctor/run_checks.ts";
import { createShownText } from "./project/shown_text.ts";
import { readProject } from "./project/project.ts";

const doctor = task(
  "doctor",
  "Check a project, its functions, its database and its Twilio account, and say what is wrong",
)
  .option("--url <address>", "The project: https://<ref>.supabase.co. The local stack by default")
  .option("--env-file <path>", "The functions' variables. supabase/functions/.env by default")
  .option("--json", "Print a JSON array of { id, ok, detail, mend }")
  .option("--round-trip", "Also send a text through all of it, and erase it again")
  .action(async ({ url, envFile, json, roundTrip = false }) => {
    const project = await readProject({ url, envFile });
    const checks = allChecks(examine(project, roundTrip));
    const findings = await withProgress(
      "Looking at the project",
      (progress) =>
        runChecks(
          checks,
          createShownText(project.env, project.secretKey),
          (ended) => progress.show(`${ended} of ${checks.length} checks are done`),
        ),
    );
    console.log(
      json
        ? JSON.stringify(findings, null, 2)
        : reportOf(findings, hasColours(), terminalColumns()),
    );
    if (findings.some(({ ok }) => ok === false)) Deno.exitCode = 1;
  });

if (import.meta.main) await runTask(doctor);

export default doctor;
