/**
 * A task's command, written as the README writes it, so that a printed hint can be pasted.
 *
 * @module
 */

/** How the README begins each command. Node and npm are enough for it. */
export const DENO = "npx -y deno@2.9.6";

/**
 * Returns the command that runs a task against the same stack as this process.
 *
 * @param task The task with its options, such as `simulate chat --from +15550100001`.
 */
export function taskCommand(task: string): string {
  const portBase = Deno.env.get("PORT_BASE");
  return `${portBase ? `PORT_BASE=${portBase} ` : ""}${DENO} task ${task}`;
}

/**
 * Returns the examples at the end of a help text.
 *
 * @param tasks The tasks with their options. A line that goes on with `\` is indented.
 */
export function examples(...tasks: string[]): string {
  const lines = tasks.map((task) => `  ${taskCommand(task)}`.replaceAll("\n", "\n    "));
  return `\n${lines.length === 1 ? "Example" : "Examples"}:\n${lines.join("\n")}`;
}
