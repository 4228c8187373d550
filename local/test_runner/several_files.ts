/**
 * Loads several test files into one process of `deno test`. The start of a process, and the modules that all
 * files load, take longer than the tests of most files.
 *
 * @module
 */
const files = Deno.env.get("TEST_FILES");
if (!files) throw new Error("TEST_FILES must name test files, as a JSON array of URLs.");
for (const file of JSON.parse(files)) await import(file);
