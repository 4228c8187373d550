/**
 * The commands that mend, as they can be pasted.
 *
 * @module
 */
import { inShell, taskCommand } from "../command_line/task_command.ts";
import { SUPABASE_CLI } from "../postgres/supabase_cli.ts";
import type { Project } from "../project/project.ts";
import { shownPath } from "../project/shown_path.ts";
import { ENV_FILE } from "../settings/environment.ts";

/** The file of a hosted project's variables, as docs/deploy.md names it. */
const PRODUCTION_FILE = "supabase/functions/.env.production";

/** The path of the env file from the working folder. */
export function shownFile({ envFile }: Project): string {
  return shownPath(envFile);
}

/** The file in which a hosted project's variables belong: not that of the local stack. */
function fileToCorrect(project: Project): string {
  return !project.isLocal && project.envFile === ENV_FILE ? PRODUCTION_FILE : shownFile(project);
}

/** Gives the functions the env file's variables. */
export function secretsMend(project: Project): string {
  return project.isLocal
    ? `Stop the local stack, and start it again: ${taskCommand("start")}`
    : `npx ${SUPABASE_CLI} secrets set --env-file ${inShell(fileToCorrect(project))}`;
}

/** Deploys functions. */
export function deployMend({ isLocal }: Project, functions: string[]): string {
  return isLocal
    ? `Start the local stack: ${taskCommand("start")}`
    : `npx ${SUPABASE_CLI} functions deploy ${functions.join(" ")} --use-api`;
}

/** Applies the migrations. */
export function migrateMend({ isLocal }: Project): string {
  return isLocal
    ? `Stop the local stack, and start it again: ${taskCommand("start")}`
    : `npx ${SUPABASE_CLI} db push --remote`;
}

/** Applies the migrations to a project with migrations of its own, where the CLI refuses a push from this folder. */
export function migrateBesideMend(project: Project): string {
  return project.isLocal
    ? migrateMend(project)
    : `Copy supabase/migrations into your project's folder (docs/deploy.md, "Into a project that you already have"), and there: npx ${SUPABASE_CLI} db push --remote --include-all`;
}

/** Where a variable is set. */
export function variableMend(project: Project, what: string): string {
  const file = fileToCorrect(project);
  if (project.isLocal) return `${what} in ${file}, then stop and start the local stack`;
  const isOther = file === PRODUCTION_FILE && project.envFile === ENV_FILE;
  return `${what} in ${file}${isOther ? " (name it with --env-file)" : ""}, then: ${
    secretsMend(project)
  }`;
}
