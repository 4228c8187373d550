/**
 * `deno task types`: generates the database's TypeScript types from the migrations.
 *
 * @module
 */
import { withProgress } from "./command_line/progress.ts";
import { runTask, task } from "./command_line/task.ts";
import { databaseUrl } from "./settings/addresses.ts";
import { generateTypes } from "./postgres/database_types.ts";
import { withTemporaryStack } from "./stack/temporary_stack.ts";

const types = task("types", "Generate the database's TypeScript types from the migrations.")
  .action(async () => {
    const files = await withProgress(
      "Applying the migrations, and reading the types",
      () => withTemporaryStack(({ ports }) => generateTypes(databaseUrl(ports))),
    );
    for (const { path, text } of files) {
      await Deno.writeTextFile(path, text);
      console.error(`Wrote ${path}`);
    }
  });
await runTask(types);
