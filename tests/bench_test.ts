import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "./support/assert.ts";

Deno.test("the bench measures every text both ways", async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "bench", "--texts", "3"],
    cwd: fileURLToPath(new URL("..", import.meta.url)),
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const rows = new TextDecoder().decode(stdout).trim().split("\n").slice(2);
  assertEquals(rows.map((row) => row.split(" | ").at(-1)), Array(4).fill("3/3 |"));
});
