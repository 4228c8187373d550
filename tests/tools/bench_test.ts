import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "../support/assert.ts";

/** Runs a bench with little load, and returns its table: every cell of every row below the head. */
async function table(name: string, share: string): Promise<string[][]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "bench", name, "--share", share],
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) => line.slice(2, -2).split(" | "));
}

Deno.test("the bench of the screens measures every text both ways", async () => {
  const rows = await table("realtime", "0.1");
  assertEquals(rows.map((row) => row.at(-1)), ["3/3", "3/3", "100/100", "100/100"]);
});

Deno.test("the bench of unsigned requests measures each beside the obvious alternative, and none is taken", async () => {
  const rows = await table("unsigned", "0.1");
  assertEquals(new Set(rows.map(([, answer]) => answer)), new Set(["401", "413"]));
  assert(rows.every(([, , here, obvious]) => Number(here) >= 0 && Number(obvious) >= 0));
});

Deno.test("the bench of many rows measures each beside the obvious alternative", async () => {
  const rows = await table("rows", "0.01");
  assertEquals(rows.length, 12);
  assert(rows.flatMap((row) => row.slice(1)).every((cell) => /^[\d.]+ ms/.test(cell)));
});

Deno.test("the bench of growth measures every call at two sizes", async () => {
  const rows = await table("growth", "0.01");
  assert(rows.length >= 15);
  assert(rows.every((row) => row.slice(1, 3).every((pages) => Number(pages) > 0)));
});

Deno.test("the bench of wording measures every language beside a list of keywords", async () => {
  const rows = await table("wording", "0.05");
  const tuned = rows.filter(([, set]) => set === "tuned");
  assert(tuned.length >= 2);
  for (const [language, , , asStop, , byKeywords] of tuned) {
    assert(parseFloat(asStop) > 95 && parseFloat(byKeywords) < 10, language);
  }
});

Deno.test("a bench that does not exist is named, with those that do", async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "bench", "speed"],
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
  }).output();
  assertEquals(code, 1);
  const message = new TextDecoder().decode(stderr).trim();
  assertEquals(
    message,
    'error: There is no bench "speed". The names are realtime, unsigned, rows, growth, wording',
  );
});
