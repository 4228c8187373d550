/**
 * `deno task test`: runs the tests on stacks of their own, on free ports, with their own data.
 *
 * Without arguments every test file runs, several side by side. Arguments go to `deno test`, such as a
 * file's name, and one stack serves them.
 *
 * @module
 */
import { withMigratedCluster } from "./postgres/migrated_cluster.ts";
import { untilAskedToStop } from "./stack/lifetime.ts";
import { runEveryFile } from "./test_runner/every_file.ts";
import { withMemoryFolder } from "./test_runner/memory_folder.ts";
import { withStackForTests } from "./test_runner/stack_for_tests.ts";

const asked = untilAskedToStop();

function runDenoTest(args: string[]): Promise<number> {
  return withStackForTests(async (env) => {
    const tests = new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", ...args],
      env,
    }).spawn();
    asked.then(() => tests.kill("SIGINT"));
    return (await tests.status).code;
  });
}

Deno.exit(
  await withMemoryFolder(() =>
    withMigratedCluster(() => Deno.args.length > 0 ? runDenoTest(Deno.args) : runEveryFile(asked))
  ),
);
