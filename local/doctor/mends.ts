/**
 * The commands that mend, as they can be pasted.
 *
 * @module
 */
import { taskCommand } from "../command_line/task_command.ts";
import { SUPABASE_CLI } from "../postgres/supabase_cli.ts";
import type { Project } from "../project/project.ts";

/** Gives the functions the env file's variables. */
export function secretsMend({ isLocal, envFile }: Project): string {
  return isLocal
    ? `Stop the local stack, and start it again: ${taskCommand("start")}`
    : `npx ${SUPABASE_CLI} secrets set --env-file ${envFile}`;
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

/** Where a variable is set. */
export function variableMend(project: Project, what: string): string {
  return project.isLocal
    ? `${what} in ${project.envFile}, then stop and start the local stack`
    : `${what} in ${project.envFile}, then: ${secretsMend(project)}`;
}
