/**
 * Loads several test files into one process of `deno test`. Most files take less time than such a process and
 * the modules that they share.
 *
 * @module
 */
const files: string[] = JSON.parse(Deno.env.get("TEST_FILES") ?? "[]");
for (const file of files) await import(file);
