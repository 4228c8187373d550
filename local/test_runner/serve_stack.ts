/**
 * Serves a stack for tests: prints their environment variables as one line of JSON once the stack is
 * up. Ends with standard input, which ends, too, when the process that started this one is killed.
 *
 * @module
 */
import { untilAskedToStop } from "../stack/lifetime.ts";
import { withStackForTests } from "./stack_for_tests.ts";

async function inputEnds(): Promise<void> {
  for await (const _ of Deno.stdin.readable);
}

const asked = Promise.race([untilAskedToStop(), inputEnds()]);
await withStackForTests(async (environment) => {
  console.log(JSON.stringify(environment));
  await asked;
});
Deno.exit();
