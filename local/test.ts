/**
 * `deno task test`: runs the tests on stacks of their own, on free ports, with their own data.
 *
 * Without arguments every test file runs, several side by side. Arguments go to `deno test`, such as a
 * file's name, and one stack serves them.
 *
 * @module
 */
import { runTask, task } from "./command_line/task.ts";
import { examples } from "./command_line/task_command.ts";
import { withMigratedCluster } from "./postgres/migrated_cluster.ts";
import { untilAskedToStop } from "./stack/lifetime.ts";
import { checkDenoTestArguments } from "./test_runner/deno_test_arguments.ts";
import { runEveryFile } from "./test_runner/every_file.ts";
import { withMemoryFolder } from "./test_runner/memory_folder.ts";
import { withStackForTests } from "./test_runner/stack_for_tests.ts";

const test = task("test", "Run every test, or what the arguments name, on stacks of their own.")
  .argument("[arguments...]", "Files and folders, and options of `deno test`, such as --filter")
  .allowUnknownOption()
  .addHelpText(
    "after",
    examples(
      "test",
      "test tests/bot",
      'test tests/texts/judge_text_test.ts --filter "an opt-out"',
    ),
  )
  // Commander puts arguments before options, so `deno test` gets them as they were given.
  .action(() => run(Deno.args));

async function run(args: string[]): Promise<void> {
  if (args.length > 0) await checkDenoTestArguments(args);
  const asked = untilAskedToStop();
  Deno.exitCode = await withMemoryFolder(() =>
    withMigratedCluster(() => args.length > 0 ? runDenoTest(args, asked) : runEveryFile(asked))
  );
}

function runDenoTest(args: string[], asked: Promise<unknown>): Promise<number> {
  return withStackForTests(async (env) => {
    const tests = new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", ...args],
      env,
    }).spawn();
    asked.then(() => tests.kill("SIGINT"));
    return (await tests.status).code;
  });
}

if (import.meta.main) await runTask(test);

export default test;
