/**
 * `deno task train`: learns the weights that recognize opt-outs from the sentences of
 * tests/data/wording, and writes them.
 *
 * @module
 */
import { runTask, task } from "./command_line/task.ts";
import { readExamples, WEIGHTS_FILE } from "./wording/sentences.ts";
import { learn, weightsModule } from "./wording/training.ts";

const train = task(
  "train",
  "Learn the weights that recognize opt-outs from the sentences of tests/data/wording, and write them.",
)
  .action(async () => {
    const examples = readExamples();
    await Deno.writeTextFile(WEIGHTS_FILE, weightsModule(learn(examples)));
    console.error(`Learned from ${examples.length} sentences; wrote ${WEIGHTS_FILE.pathname}`);
  });
if (import.meta.main) await runTask(train);

export default train;
