/**
 * `deno task types`: generates from the migrations the database's TypeScript types, and the rules that the doctor
 * expects in a database.
 *
 * @module
 */
import { withProgress } from "./command_line/progress.ts";
import { runTask, task } from "./command_line/task.ts";
import { generateExpectedRules } from "./doctor/expected_rules.ts";
import { databaseUrl } from "./settings/addresses.ts";
import { generateTypes } from "./postgres/database_types.ts";
import { withTemporaryStack } from "./stack/temporary_stack.ts";

const types = task("types", "Generate the database's TypeScript types from the migrations.")
  .action(async () => {
    const files = await withProgress(
      "Applying the migrations, and reading the types and the rules",
      () =>
        withTemporaryStack(async ({ ports }) => [
          ...await generateTypes(databaseUrl(ports)),
          await generateExpectedRules(databaseUrl(ports)),
        ]),
    );
    for (const { path, text } of files) {
      await Deno.writeTextFile(path, text);
      console.error(`Wrote ${path}`);
    }
  });
if (import.meta.main) await runTask(types);

export default types;
