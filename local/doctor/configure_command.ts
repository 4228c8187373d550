/**
 * The command that mends what Twilio calls, with the options of this run.
 *
 * @module
 */
import { entriesOf } from "../../supabase/functions/_shared/configuration/environment.ts";
import { inShell, taskCommand } from "../command_line/task_command.ts";
import type { Project } from "../project/project.ts";
import { ENV_FILE } from "../settings/environment.ts";
import { shownFile } from "./mends.ts";

/**
 * Returns the command, ready to paste but for a number: only its last four digits may be printed.
 *
 * @param target Its option, such as `--events`.
 */
export function configureCommand(project: Project, target: string): string {
  const { envFile, env, functionsUrl, isLocal } = project;
  const isDefaultFile = envFile === ENV_FILE;
  const [firstUrl] = entriesOf(env.TWILIO_WEBHOOK_BASE_URL ?? "");
  const isDefaultUrl = isDefaultFile ? isLocal : firstUrl?.replace(/\/+$/, "") === functionsUrl;
  const options = [
    ...isDefaultUrl ? [] : [`--url ${inShell(functionsUrl)}`],
    ...isDefaultFile ? [] : [`--env-file ${inShell(shownFile(project))}`],
  ];
  return taskCommand(["twilio configure", target, ...options].join(" "));
}
