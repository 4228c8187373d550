/**
 * What a run of the test files prints.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import type { FilesResult } from "./test_process.ts";

/** The line of files that have ended, and below it each of their failures in full. */
export function filesReport({ files, passed, failed, seconds, failures }: FilesResult): string {
  const word = failed > 0 ? "FAILED" : "ok    ";
  const counts = `${passed} passed`.padStart(11) + (failed > 0 ? `, ${failed} failed` : "");
  const line = `${word} ${seconds.toFixed(1).padStart(6)} s ${counts}  ${nameOf(files)}`;
  return failed > 0 ? `${line}\n\n${failures}\n` : line;
}

/** The path of one file; of several the folder, and their names without the ending. */
function nameOf(files: string[]): string {
  if (files.length === 1) return files[0];
  const names = files.map((file) => basename(file, "_test.ts"));
  return `${dirname(files[0])}: ${names.join(", ")}`;
}

/** The files in which tests have failed: those that the errors name, or else all of the process. */
function failedFiles({ files, failures }: FilesResult): string[] {
  const named = files.filter((file) => failures.includes(`=> ./${file}:`));
  return named.length > 0 ? named : files;
}

/**
 * The end of a run: the files that failed, and the sums.
 *
 * @param seconds How long the run has taken.
 */
export function summary(results: FilesResult[], seconds: number): string {
  const failedOnes = results.filter(({ failed }) => failed > 0).flatMap(failedFiles)
    .map((file) => `  ${file}`);
  const sum = (of: (result: FilesResult) => number) =>
    results.reduce((total, result) => total + of(result), 0);
  const [passed, failed] = [sum((result) => result.passed), sum((result) => result.failed)];
  return [
    ...(failedOnes.length > 0 ? ["", "Failed:", ...failedOnes] : []),
    "",
    `${failed > 0 ? "FAILED" : "ok"} | ${passed} passed | ${failed} failed | ${
      sum(({ files }) => files.length)
    } files in ${seconds.toFixed(0)} s`,
  ].join("\n");
}
