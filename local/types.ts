/**
 * `deno task types`: generates the database's TypeScript types from the migrations.
 *
 * @module
 */
import { databaseUrl } from "./settings/addresses.ts";
import { generateTypes, TYPES_FILE } from "./postgres/database_types.ts";
import { withTemporaryStack } from "./stack/temporary_stack.ts";

const types = await withTemporaryStack(({ ports }) => generateTypes(databaseUrl(ports)));
await Deno.writeTextFile(TYPES_FILE, types);
console.error(`Wrote ${TYPES_FILE}`);
Deno.exit();
