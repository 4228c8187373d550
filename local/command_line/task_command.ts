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
  const names = USES_DATA.test(task) ? ["PORT_BASE", "LOCAL_DIR"] : ["PORT_BASE"];
  const variables = names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value ? [`${name}=${inShell(value)} `] : [];
  });
  return `${variables.join("")}${DENO} task ${task}`;
}

/** The tasks whose data folder LOCAL_DIR names. */
const USES_DATA = /^(start|reset|reconcile)\b/;

/** Quotes a value for a shell, where it needs quotes. */
export function inShell(value: string): string {
  return /^[\w./:@%+-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
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
