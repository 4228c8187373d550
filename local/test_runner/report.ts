/**
 * What a run of the test files prints.
 *
 * @module
 */
import type { FileResult } from "./test_file.ts";

/** The line of a file that has ended, and below it each of its failures in full. */
export function fileReport({ file, passed, failed, seconds, failures }: FileResult): string {
  const word = failed > 0 ? "FAILED" : "ok    ";
  const counts = `${passed} passed`.padStart(11) + (failed > 0 ? `, ${failed} failed` : "");
  const line = `${word} ${seconds.toFixed(1).padStart(6)} s ${counts}  ${file}`;
  return failed > 0 ? `${line}\n\n${failures}\n` : line;
}

/**
 * The end of a run: the files that failed, and the sums.
 *
 * @param seconds How long the run has taken.
 */
export function summary(results: FileResult[], seconds: number): string {
  const failedFiles = results.filter(({ failed }) => failed > 0).map(({ file }) => `  ${file}`);
  const sum = (of: (result: FileResult) => number) =>
    results.reduce((total, result) => total + of(result), 0);
  const [passed, failed] = [sum((result) => result.passed), sum((result) => result.failed)];
  return [
    ...(failedFiles.length > 0 ? ["", "Failed:", ...failedFiles] : []),
    "",
    `${
      failed > 0 ? "FAILED" : "ok"
    } | ${passed} passed | ${failed} failed | ${results.length} files in ${seconds.toFixed(0)} s`,
  ].join("\n");
}
