import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { countsOf, failuresIn } from "../../local/test_runner/deno_test_output.ts";
import { filesReport, summary } from "../../local/test_runner/report.ts";
import { runTestFiles } from "../../local/test_runner/test_process.ts";
import { groupedFiles, SLOW_FILES, testFiles } from "../../local/test_runner/test_files.ts";
import { running } from "../../local/postgres/processes.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { until } from "../support/wait.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const NEVER = new AbortController().signal;

/** Runs something with a test file that holds a text. */
async function withTestFile(text: string, use: (file: string, folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/some_test.ts`;
  await Deno.writeTextFile(file, text);
  try {
    await use(file, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("every test file is run, and the slow ones start first", async () => {
  const files = await testFiles();
  const slow = SLOW_FILES.flat();
  assertEquals(files.slice(0, slow.length), slow);
  assertEquals(new Set(files).size, files.length);
  assert(files.includes("tests/tools/test_runner_test.ts"), files.join("\n"));
  for (const file of files) assert((await Deno.stat(ROOT + file)).isFile, file);
});

Deno.test("slow files have the processes that are named, and the others share processes with files of their folder", async () => {
  const files = await testFiles();
  const groups = groupedFiles(files);
  assertEquals(groups.flat().toSorted(), files.toSorted());
  assertEquals(groups.slice(0, SLOW_FILES.length), SLOW_FILES.map((entry) => [entry].flat()));
  for (const group of groups) {
    assertEquals(new Set(group.map((file) => dirname(file))).size, 1);
    assert(group.length <= 8, group.join("\n"));
  }
  assert(groups.length < files.length / 2, `${groups.length} processes for ${files.length} files`);
});

Deno.test("tests are counted as `deno test` counts them, steps apart", () => {
  assertEquals(countsOf("ok | 37 passed | 0 failed (1m21s)", 0), { passed: 37, failed: 0 });
  assertEquals(countsOf("ok | 2 passed (14 steps) | 0 failed (33s)", 0), { passed: 2, failed: 0 });
  assertEquals(
    countsOf("FAILED | 1 passed (18 steps) | 2 failed (3 steps) | 1 ignored (57s)", 1),
    { passed: 1, failed: 2 },
  );
});

Deno.test("a file that ends without a summary has failed", () => {
  assertEquals(countsOf("error: Module not found", 1), { passed: 0, failed: 1 });
  assertEquals(countsOf("ok | 3 passed | 0 failed (1s)\nerror: Leaked", 1), {
    passed: 3,
    failed: 1,
  });
  assertEquals(failuresIn("error: Module not found\n"), "error: Module not found");
});

Deno.test("a file that passes is one line", () =>
  withTestFile('Deno.test("a", () => {});', async (file) => {
    const result = await runTestFiles([file], {}, NEVER);
    assertEquals([result.passed, result.failed, result.failures], [1, 0, ""]);
    assertMatch(filesReport(result), /^ok {7,}\d\.\d s {4}1 passed {2}\S+$/);
  }));

Deno.test("of a file that fails the errors are printed in full, and no test that passed", () =>
  withTestFile(
    `Deno.test("passes", () => console.log("noise"));
     Deno.test("fails", () => { throw new Error("the reason"); });`,
    async (file) => {
      const result = await runTestFiles([file], {}, NEVER);
      assertEquals([result.passed, result.failed], [1, 1]);
      const report = filesReport(result);
      assertMatch(
        report,
        /^FAILED .*1 passed, 1 failed {2}\S+\n\nfails => .*\nerror: Error: the reason/,
      );
      assert(!/noise|FAILURES/.test(report), report);
    },
  ));

Deno.test("the files of one process are run together, and a failure names its file", async () => {
  const folder = await Deno.makeTempDir({ dir: ROOT, prefix: "some-tests-" });
  try {
    const files = ["a", "b", "c"].map((name) => `${basename(folder)}/${name}_test.ts`);
    const [a, b, c] = files;
    await Deno.writeTextFile(ROOT + a, 'Deno.test("a", () => {});');
    await Deno.writeTextFile(ROOT + b, 'Deno.test("b", () => { throw new Error("the reason"); });');
    await Deno.writeTextFile(ROOT + c, 'Deno.test("c", () => {});');
    const good = await runTestFiles([a, c], {}, NEVER);
    assertEquals([good.passed, good.failed], [2, 0]);
    assertMatch(filesReport(good), /2 passed {2}some-tests-\S+: a, c$/);
    const bad = await runTestFiles(files, {}, NEVER);
    assertEquals([bad.passed, bad.failed], [2, 1]);
    assertMatch(summary([bad], 1), new RegExp(`^\nFailed:\n  ${b}\n\nFAILED \\| 2 passed`));
    await Deno.writeTextFile(ROOT + b, 'import "./missing.ts";');
    const broken = await runTestFiles(files, {}, NEVER);
    assert(broken.failed > 0, broken.failures);
    assertMatch(broken.failures, /missing\.ts/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const NEVER_ENDS = `Deno.test("never ends", async () => {
  const child = new Deno.Command("sleep", { args: ["600"] }).spawn();
  await Deno.writeTextFile(Deno.env.get("PID_FILE"), String(child.pid));
  await child.status;
});`;

Deno.test("a file that does not end in time has failed, and leaves no process", () =>
  withTestFile(NEVER_ENDS, async (file, folder) => {
    const pidFile = `${folder}/pid`;
    // However late the file starts its process, its result says that it hung.
    const deadline = AbortSignal.timeout(30_000);
    const { failed, failures } = await runTestFiles([file], { PID_FILE: pidFile }, deadline, 2_000);
    assert(failed > 0, `${failed} tests have failed`);
    assertMatch(failures, /^It did not end within 2 s and was interrupted\.\n/);
    const pid = await Deno.readTextFile(pidFile).catch(() => undefined);
    if (pid) assertEquals(await running([Number(pid)]), []);
  }));

Deno.test("a file that is interrupted leaves no process", () =>
  withTestFile(
    NEVER_ENDS,
    async (file, folder) => {
      const stopping = new AbortController();
      const pidFile = `${folder}/pid`;
      const ended = runTestFiles([file], { PID_FILE: pidFile }, stopping.signal);
      const pid = Number(
        await until(() => Deno.readTextFile(pidFile).catch(() => false as const), "the process"),
      );
      assertEquals(await running([pid]), [pid]);
      stopping.abort();
      const { failed } = await ended;
      assert(failed > 0, `${failed} tests have failed`);
      assertEquals(await running([pid]), []);
    },
  ));

Deno.test("the summary has the sums and the files that failed", () => {
  const passed = { files: ["tests/a_test.ts"], passed: 3, failed: 0, seconds: 1, failures: "" };
  const failed = { files: ["tests/b_test.ts"], passed: 1, failed: 2, seconds: 1, failures: "why" };
  assertEquals(summary([passed], 61), "\nok | 3 passed | 0 failed | 1 files in 61 s");
  assertEquals(
    summary([passed, failed], 61),
    "\nFailed:\n  tests/b_test.ts\n\nFAILED | 4 passed | 2 failed | 2 files in 61 s",
  );
});
