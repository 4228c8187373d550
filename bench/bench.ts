/**
 * `deno task bench`: measures the product beside the obvious alternative and the floor, in the same run
 * on this machine.
 *
 * @module
 */
import { Argument } from "@commander-js/extra-typings";
import { numberUpTo } from "../local/command_line/option_values.ts";
import { runTask, task } from "../local/command_line/task.ts";
import { examples } from "../local/command_line/task_command.ts";
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

/** The options of a run. */
interface BenchOptions {
  /** The share of the load, above 0 and at most 1. */
  share: number;
  /** The file for the figures. */
  json?: string;
  /** Whether the page and the charts of docs/ are written. */
  docs?: boolean;
  /** Whether `wording` lists the sentences that it misjudges. */
  misses?: boolean;
  /** Whether `growth` goes on to 10 million messages. */
  full?: boolean;
}

/** A bench. */
interface Bench {
  title: string;
  measure(options: BenchOptions): Promise<Report>;
}

const BENCHES: Record<string, Bench> = {
  webhooks: { title: "What a webhook costs", measure: ({ share }) => measureWebhooks(share) },
  cold: {
    title: "What a function costs before its first answer",
    measure: ({ share }) => measureColdStart(share),
  },
  events: { title: "What a batch of events costs", measure: ({ share }) => measureEvents(share) },
  realtime: {
    title: "From Twilio's post to an agent's screen",
    measure: ({ share }) => measureRealtime(share),
  },
  turn: { title: "What a turn of the bot costs", measure: ({ share }) => measureBotTurn(share) },
  unsigned: {
    title: "What an unsigned request costs",
    measure: ({ share }) => measureUnsignedRequests(share),
  },
  rows: {
    title: "What gets slower with the number of rows",
    measure: ({ share }) => measureManyRows(share),
  },
  growth: {
    title: "What a call costs as messages gather",
    measure: ({ share, full = false }) => measureGrowth(share, full),
  },
  wording: {
    title: "How well opt-outs in a recruit's own words are recognized",
    measure: ({ share, misses = false }) => measureWording(share, misses),
  },
};

const DOCS = new URL("../docs/", import.meta.url);

const bench = task(
  "bench",
  "Measure the product beside the obvious alternative and the floor, in the same run on this machine.",
)
  .addArgument(
    new Argument("[names...]", "The benches (default: all)").choices(Object.keys(BENCHES)),
  )
  .option(
    "--share <share>",
    "The share of the load, above 0 and at most 1; less is less precise",
    numberUpTo(1),
    1,
  )
  .option("--json <file>", "Write the figures to a file")
  .option("--docs", "Write the charts of docs/charts and the tables of docs/performance.md")
  .option("--misses", "List the sentences that `wording` misjudges")
  .option(
    "--full",
    "Let `growth` go on to 10 million messages, which takes some minutes and 12 GB of disk",
  )
  .addHelpText(
    "after",
    `
Benches:
${Object.entries(BENCHES).map(([name, { title }]) => `  ${name.padEnd(10)}${title}`).join("\n")}
` + examples("bench webhooks", "bench cold turn --share 0.2"),
  )
  .action(async (names, options) => {
    Deno.exitCode = await run(names.length > 0 ? names : Object.keys(BENCHES), options);
  });

/** Measures, prints and writes the reports, and returns the exit code. */
async function run(names: string[], options: BenchOptions): Promise<number> {
  try {
    const reports = new Map<string, Report>();
    for (const name of names) {
      const { title, measure } = BENCHES[name];
      console.log(`\n${title}`);
      const report = await measure(options);
      reports.set(name, report);
      for (const { head, rows } of report.tables) {
        console.log();
        printTable(head, rows);
      }
    }
    if (options.json) await writeJson(options.json, options.share, reports);
    if (options.docs) await writeDocs([...reports.values()]);
    return 0;
  } catch (error) {
    // The stack of an unexpected error is what an engineer needs.
    console.error(error);
    return 1;
  }
}

async function writeJson(
  file: string,
  share: number,
  reports: Map<string, Report>,
): Promise<void> {
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

if (import.meta.main) await runTask(bench);

export default bench;
