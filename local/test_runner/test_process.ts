/**
 * Runs test files in a process of their own.
 *
 * @module
 */
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { processTree, running, signalAll } from "../postgres/processes.ts";
import { countsOf, failuresIn } from "./deno_test_output.ts";
import { textOf } from "./process_output.ts";

/** What became of the files of one process. */
export interface FilesResult {
  files: string[];
  passed: number;
  failed: number;
  seconds: number;
  /** Each error in full; empty if every test passed. */
  failures: string;
}

/**
 * How long a process may take, in ms: several times as long as the slowest one on a loaded machine. A file
 * that hangs must not keep the run from telling which it is.
 */
const WITHIN_MS = 600_000;

/** How long the processes of interrupted files may take to end before they are killed, in ms. */
const END_WITHIN_MS = 5_000;

/** How often the processes that have not ended are counted, in ms. */
const COUNT_EVERY_MS = 50;

/** The module that loads the files that TEST_FILES names. */
const SEVERAL_FILES = fileURLToPath(new URL("several_files.ts", import.meta.url));

/**
 * Runs files with `deno test`. Types are not checked: `deno task check` does that.
 *
 * @param files Their paths from the project's folder.
 * @param environment What the process sees beside this process's environment variables.
 * @param stopping Interrupts the files; their result is that of failed ones then.
 * @param withinMs The time after which it has failed and is interrupted.
 */
export async function runTestFiles(
  files: string[],
  environment: Record<string, string>,
  stopping: AbortSignal,
  withinMs = WITHIN_MS,
): Promise<FilesResult> {
  const begun = performance.now();
  const process = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", files.length === 1 ? files[0] : SEVERAL_FILES],
    env: {
      ...environment,
      NO_COLOR: "1",
      TEST_FILES: JSON.stringify(files.map((file) => pathToFileURL(resolve(file)).href)),
    },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const ending = AbortSignal.any([stopping, AbortSignal.timeout(withinMs)]);
  let isTooLate = false;
  let interrupted: Promise<void> | undefined;
  const interrupt = () => {
    isTooLate = !stopping.aborted;
    interrupted = endTree(process.pid);
  };
  ending.addEventListener("abort", interrupt);
  const [output, { code }] = await Promise.all([
    textOf(process.stdout, process.stderr),
    process.status,
  ]);
  ending.removeEventListener("abort", interrupt);
  await interrupted;
  const tooLate = isTooLate
    ? `It did not end within ${withinMs / 1000} s and was interrupted.\n`
    : "";
  return {
    files,
    ...countsOf(output, code),
    seconds: (performance.now() - begun) / 1000,
    failures: code === 0 ? "" : tooLate + failuresIn(output),
  };
}

/** Ends a process as Ctrl-C does, and waits for all that it has started. */
async function endTree(pid: number): Promise<void> {
  // The tree is read once: a process whose parent has ended gets another parent.
  let left = await processTree(pid);
  signalAll(left, "SIGINT");
  const deadline = performance.now() + END_WITHIN_MS;
  while (left.length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, COUNT_EVERY_MS));
    left = await running(left);
  }
  signalAll(left, "SIGKILL");
}
