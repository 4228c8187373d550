/**
 * `deno task types`: generates from the migrations the database's TypeScript types, and the rules that the doctor
 * expects in a database.
 *
 * @module
 */
import { generateExpectedRules } from "./doctor/expected_rules.ts";
import { databaseUrl } from "./settings/addresses.ts";
import { generateTypes } from "./postgres/database_types.ts";
import { withTemporaryStack } from "./stack/temporary_stack.ts";

const files = await withTemporaryStack(async ({ ports }) => [
  ...await generateTypes(databaseUrl(ports)),
  await generateExpectedRules(databaseUrl(ports)),
]);
for (const { path, text } of files) {
  await Deno.writeTextFile(path, text);
  console.error(`Wrote ${path}`);
}
Deno.exit();
