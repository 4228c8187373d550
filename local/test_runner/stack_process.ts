/**
 * A stack for tests, in a process of its own so that several stacks do not share one event loop.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { firstLineOf, textOf } from "./process_output.ts";

const ENTRY = fileURLToPath(new URL("serve_stack.ts", import.meta.url));

/** A stack that is up. */
export interface StackProcess {
  /** The environment variables that tests/support/stack.ts reads. */
  environment: Record<string, string>;
  /** Ends the stack and removes its data. */
  stop(): Promise<void>;
}

/**
 * Starts a stack and waits until it is up.
 *
 * @param temporaryFolder Where the process keeps its temporary files.
 * @param stopping Ends the start early.
 * @throws {Error} With what the process printed, if the stack does not come up.
 */
export async function startStackProcess(
  temporaryFolder: string,
  stopping: AbortSignal,
): Promise<StackProcess> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ENTRY],
    env: { TMPDIR: temporaryFolder },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = textOf(process.stderr);
  const stop = async () => {
    await process.stdin.close().catch(() => {});
    await process.status;
  };
  stopping.addEventListener("abort", stop);
  const line = await firstLineOf(process.stdout);
  if (line === undefined) throw new Error(`A stack did not start: ${await errors}`);
  return { environment: JSON.parse(line), stop };
}
