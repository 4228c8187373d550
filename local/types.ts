/**
 * `deno task types`: generates the database's TypeScript types from the migrations.
 *
 * @module
 */
import { databaseUrl } from "./settings/addresses.ts";
import { generateTypes } from "./postgres/database_types.ts";
import { withTemporaryStack } from "./stack/temporary_stack.ts";

const files = await withTemporaryStack(({ ports }) => generateTypes(databaseUrl(ports)));
for (const { path, text } of files) {
  await Deno.writeTextFile(path, text);
  console.error(`Wrote ${path}`);
}
Deno.exit();
