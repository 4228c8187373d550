/**
 * Runs every test file: as many side by side as there are stacks, each stack with the files of one
 * process at a time.
 *
 * @module
 */
import { join } from "node:path";
import { removePostgresData } from "../postgres/binaries.ts";
import { filesReport, summary } from "./report.ts";
import { startStackProcess } from "./stack_process.ts";
import { type FilesResult, runTestFiles } from "./test_process.ts";
import { groupedFiles, testFiles } from "./test_files.ts";

/** How many stacks a run has. Tests wait about half of their time, so there are more than cores. */
const STACKS = Math.min(4, navigator.hardwareConcurrency + 2);

/** The exit code of an interrupted run, as shells count: 128 and the number of SIGINT. */
const INTERRUPTED = 130;

/**
 * Runs every file and prints what became of each.
 *
 * @param asked Ends the run early.
 * @returns The exit code: 0 if every test passed.
 * @throws {Error} If a stack does not start; nothing keeps running then.
 */
export async function runEveryFile(asked: Promise<unknown>): Promise<number> {
  const begun = performance.now();
  const stopping = new AbortController();
  asked.then(() => stopping.abort());
  const folder = await Deno.makeTempDir({ prefix: "recruiting-sms-tests-" });
  try {
    const results = await runOnStacks(groupedFiles(await testFiles()), folder, stopping);
    if (stopping.signal.aborted) return INTERRUPTED;
    console.log(summary(results, (performance.now() - begun) / 1000));
    return results.some(({ failed }) => failed > 0) ? 1 : 0;
  } finally {
    await removeTemporaryFiles(folder);
  }
}

/** Each stack takes the next files as soon as it has none. */
async function runOnStacks(
  queue: string[][],
  folder: string,
  stopping: AbortController,
): Promise<FilesResult[]> {
  const { signal } = stopping;
  const results: FilesResult[] = [];
  const runOnOneStack = async () => {
    const stack = await startStackProcess(folder, signal);
    try {
      for (let files; !signal.aborted && (files = queue.shift());) {
        const result = await runTestFiles(files, { ...stack.environment, TMPDIR: folder }, signal);
        // What was interrupted has no result.
        if (signal.aborted) return;
        results.push(result);
        console.log(filesReport(result));
      }
    } finally {
      await stack.stop();
    }
  };
  const stacks = Array.from({ length: STACKS }, () =>
    runOnOneStack().catch((error) => {
      // A stack that was told to end while it started is no error.
      if (signal.aborted) return;
      stopping.abort();
      throw error;
    }));
  const ended = await Promise.allSettled(stacks);
  for (const end of ended) {
    if (end.status === "rejected") throw end.reason;
  }
  return results;
}

/** An interrupted test leaves its folders, and data of Postgres that they have links to. */
async function removeTemporaryFiles(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) await removePostgresData(join(folder, name));
  }
  await Deno.remove(folder, { recursive: true });
}
