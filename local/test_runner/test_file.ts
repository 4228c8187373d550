/**
 * Runs one test file.
 *
 * @module
 */
import { processTree, running, signalAll } from "../postgres/processes.ts";
import { countsOf, failuresIn } from "./deno_test_output.ts";
import { textOf } from "./process_output.ts";

/** What became of a file. */
export interface FileResult {
  file: string;
  passed: number;
  failed: number;
  seconds: number;
  /** Each error in full; empty if every test passed. */
  failures: string;
}

/**
 * How long a file may take, in ms: several times as long as the slowest one on a loaded machine. One that
 * hangs must not keep the run from telling which it is.
 */
const FILE_WITHIN_MS = 300_000;

/** How long the processes of an interrupted file may take to end before they are killed, in ms. */
const END_WITHIN_MS = 5_000;

/** How often the processes that have not ended are counted, in ms. */
const COUNT_EVERY_MS = 50;

/**
 * Runs a file with `deno test`. Types are not checked: `deno task check` does that.
 *
 * @param file Its path from the project's folder.
 * @param environment What the process sees beside this process's environment variables.
 * @param stopping Interrupts the file; its result is that of a failed one then.
 * @param withinMs The time after which it has failed and is interrupted.
 */
export async function runTestFile(
  file: string,
  environment: Record<string, string>,
  stopping: AbortSignal,
  withinMs = FILE_WITHIN_MS,
): Promise<FileResult> {
  const begun = performance.now();
  const process = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", file],
    env: { ...environment, NO_COLOR: "1" },
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
    file,
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
