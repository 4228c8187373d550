import bench from "../../bench/bench.ts";
import { measureBotTurn } from "../../bench/bot_turn.ts";
import { drawBarChart } from "../../bench/charts/bar_chart.ts";
import { measureColdStart } from "../../bench/cold_start/cold_start.ts";
import { measureEvents } from "../../bench/events.ts";
import { measureGrowth } from "../../bench/growth.ts";
import { measureManyRows } from "../../bench/many_rows.ts";
import { withTables } from "../../bench/performance_page.ts";
import { measureRealtime } from "../../bench/realtime_latency.ts";
import type { Cell, Report } from "../../bench/report.ts";
import { measureUnsignedRequests } from "../../bench/unsigned_requests.ts";
import { firstDifference } from "../../bench/webhooks/stored_rows.ts";
import { measureWording } from "../../bench/wording.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { commandLine } from "../support/command_line.ts";
import { runTaskHere } from "../support/run_task_here.ts";

/** The rows of a report's only table. */
const rowsOf = ({ tables: [{ rows }] }: Report): string[][] => rows.map((row) => row.map(String));

/** Runs the task with the least load, and returns the rows of each of a bench's tables, by its name. */
async function tablesOf(name: string): Promise<Map<string, Cell[][]>> {
  const file = await Deno.makeTempFile();
  try {
    const { code, err } = await runTaskHere(bench, {}, name, "--share", "0.001", "--json", file);
    assertEquals([code, err], [0, ""]);
    const { benches }: { benches: Record<string, Report> } = JSON.parse(
      await Deno.readTextFile(file),
    );
    return new Map(
      Object.values(benches).flatMap(({ tables }) => tables.map(({ name, rows }) => [name, rows])),
    );
  } finally {
    await Deno.remove(file);
  }
}

const CONTENDERS = ["product", "quickstart", "floor"];

/** The cells of a column. */
const column = (rows: Cell[][], index: number) => rows.map((cells) => cells.at(index));

Deno.test("the bench of webhooks measures three contenders that store the same rows, and the product makes one database call", async () => {
  const found = await tablesOf("webhooks");
  const speed = found.get("webhooks-speed")!;
  assertEquals(column(speed, 2), Array(6).fill(CONTENDERS).flat());
  for (const [, , contender, , , , , , roundTrips] of speed) {
    if (contender === "quickstart") assert(Number(roundTrips) > 1, `${roundTrips} database calls`);
    else assertEquals(roundTrips, "1.00");
  }
  assertEquals(found.get("webhooks-postgres")!.length, 6);
  const direct = found.get("webhooks-direct")!;
  assertEquals(direct.length, 8);
  assertEquals(direct.filter((cells) => !cells.slice(2).every((cell) => Number(cell) > 0)), []);
});

Deno.test("the bench of cold starts measures each contender on both versions of Deno, and the product parses less than the quickstart and more than the floor", async () => {
  const { tables: [{ rows }] } = await measureColdStart(0.001);
  assertEquals(column(rows, 1), CONTENDERS);
  assertEquals(rows.filter((cells) => !cells.slice(2).every((cell) => Number(cell) > 0)), []);
  const modules = (contender: string) =>
    rows.filter((cells) => cells[1] === contender).map((cells) => Number(cells[6]));
  for (const [less, more] of [["floor", "product"], ["product", "quickstart"]]) {
    assert(
      Math.max(...modules(less)) < Math.min(...modules(more)),
      `modules of the ${less}: ${modules(less)}; of the ${more}: ${modules(more)}`,
    );
  }
});

Deno.test("the bench of a turn counts the database calls until the reply is sent", async () => {
  const rows = rowsOf(await measureBotTurn(0.001));
  assertEquals(rows.length, 2);
  assertEquals(rows.filter(([, ms, calls]) => !(Number(ms) > 0 && Number(calls) >= 3)), []);
});

Deno.test("the bench of events compares one batch with single forms, which cost one database call each", async () => {
  const rows = rowsOf(await measureEvents(0.001));
  assertEquals(rows.length, 4);
  const calls = rows.map((cells) => Number(cells[2]));
  assertEquals([calls[1], calls[3]], [60, 60]);
  assert(calls[0] < 60 / 10 && calls[2] < 60 / 10, `database calls: ${calls}`);
});

Deno.test("contenders that store different rows are told apart by the first row that differs", () => {
  assertEquals(firstDifference(["a", "b"], ["a", "b"]), undefined);
  assertEquals(firstDifference(["a", "b"], ["a", "c"]), ["b", "c"]);
  assertEquals(firstDifference(["a"], ["a", "b"]), [undefined, "b"]);
});

Deno.test("a chart has a bar and a spoken figure for each contender, in light and in dark mode", () => {
  const svg = drawBarChart({
    name: "speed",
    title: "Speed & size",
    subtitle: "more is better",
    series: ["product", "floor"],
    groups: [{ label: "one <b>", figures: [50, 100] }],
    decimals: 0,
  });
  for (
    const part of [
      "Speed &amp; size",
      "one &lt;b&gt;: product 50, floor 100",
      "prefers-color-scheme: dark",
    ]
  ) assert(svg.includes(part), `"${part}" is missing in ${svg}`);
  const [half, full] = [
    ...svg.matchAll(/class="series\d" x="190" y="\d+" width="([\d.]+)" height="16"/g),
  ]
    .map(([, width]) => Number(width));
  assertEquals(half * 2, full);
});

Deno.test("a table of the performance page is replaced in its own place", () => {
  const place = (name: string, table: string) =>
    `<!-- ${name} -->\n\n${table}\n\n<!-- /${name} -->`;
  const page = `# A\n${place("one", "old")}\n# B\n${place("two", "stays")}\n`;
  const table = { name: "one", head: ["x"], rows: [["$1"]] };
  assertEquals(
    withTables(page, [table, { ...table, name: "elsewhere" }]),
    page.replace("old", () => "| x |\n| --- |\n| $1 |"),
  );
});

Deno.test("the bench of the screens measures every text both ways", async () => {
  const rows = rowsOf(await measureRealtime(0.03));
  assertEquals(rows.map((row) => row.at(-1)), ["1/1", "1/1", "30/30", "30/30"]);
});

Deno.test("the bench of unsigned requests measures each beside the obvious alternative, and none is taken", async () => {
  const rows = rowsOf(await measureUnsignedRequests(0.1));
  assertEquals(new Set(rows.map(([, answer]) => answer)), new Set(["401", "413"]));
  assertEquals(
    rows.filter(([, , here, obvious]) => !(Number(here) >= 0 && Number(obvious) >= 0)),
    [],
  );
});

Deno.test("the bench of many rows measures each beside the obvious alternative", async () => {
  const rows = rowsOf(await measureManyRows(0.001));
  assertEquals(rows.length, 12);
  assertEquals(rows.filter((row) => !row.slice(1).every((cell) => /^[\d.]+ ms/.test(cell))), []);
});

Deno.test("the bench of growth measures every call at two sizes", async () => {
  const rows = rowsOf(await measureGrowth(0.001, false));
  assert(rows.length >= 15, `${rows.length} rows`);
  assertEquals(rows.filter((row) => !row.slice(1, 3).every((pages) => Number(pages) > 0)), []);
});

Deno.test("the bench of wording measures every language beside a list of keywords", async () => {
  const rows = rowsOf(await measureWording(0.05, false));
  const tuned = rows.filter(([, set]) => set === "tuned");
  assert(tuned.length >= 2, `${tuned.length} tuned rows`);
  for (const [language, , , asStop, , byKeywords] of tuned) {
    assert(
      parseFloat(asStop) > 95 && parseFloat(byKeywords) < 10,
      `${language}: ${asStop} as STOP, ${byKeywords} by keywords`,
    );
  }
});

Deno.test("a bench that does not exist is named, with those that do", async () => {
  const { code, err } = await commandLine(bench, "speed");
  assertEquals(code, 2);
  const [message] = err.split("\n");
  assertEquals(
    message,
    "error: command-argument value 'speed' is invalid for argument 'names'. Allowed choices are webhooks, cold, events, realtime, turn, unsigned, rows, growth, wording.",
  );
});
