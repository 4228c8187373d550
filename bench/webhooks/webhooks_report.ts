/**
 * The tables and charts of what a webhook costs.
 *
 * @module
 */
import type { BarChart } from "../charts/bar_chart.ts";
import type { Cell, Report, Table } from "../report.ts";
import { type Contender, CONTENDERS } from "./contenders.ts";
import type { DirectCost } from "./direct_calls.ts";
import { type Webhook, WEBHOOKS } from "./requests.ts";
import type { Sample } from "./rounds.ts";
import {
  cpuMsARequest,
  databaseCostARequest,
  geometricMean,
  percentile,
  requestsASecond,
  roundTripsARequest,
  speedRatio,
} from "./statistics.ts";

/** What was measured. */
export interface WebhooksMeasured {
  samples: Sample[];
  directCosts: DirectCost[];
  /** The number of rows that each contender has stored. */
  rows: number;
}

const NAMES = CONTENDERS.map(({ name }) => name);

/** The samples of one contender, webhook and concurrency. */
interface Series {
  contender: Contender["name"];
  webhook: Webhook;
  concurrency: number;
  samples: Sample[];
}

function seriesOf(samples: Sample[]): Series[] {
  const concurrencies = [...new Set(samples.map(({ concurrency }) => concurrency))];
  return WEBHOOKS.flatMap((webhook) =>
    concurrencies.flatMap((concurrency) =>
      NAMES.map((contender) => ({
        contender,
        webhook,
        concurrency,
        samples: samples.filter((sample) =>
          sample.contender === contender && sample.webhook === webhook &&
          sample.concurrency === concurrency
        ),
      }))
    )
  );
}

/** Makes the report. */
export function webhooksReport(measured: WebhooksMeasured): Report {
  const series = seriesOf(measured.samples);
  return {
    tables: [
      summaryTable(series, measured.directCosts),
      speedTable(series),
      databaseTable(series),
      directTable(measured.directCosts),
    ],
    charts: [
      chart(series, {
        name: "requests-a-second",
        title: "Webhooks a second",
        subtitle:
          "2 cores for the function, its REST endpoint, Postgres and the load; more is better",
        decimals: 0,
      }, requestsASecond),
      chart(series, {
        name: "function-cpu",
        title: "CPU of the function",
        subtitle: "ms a webhook, the function's process alone; less is better",
        decimals: 2,
      }, cpuMsARequest),
      chart(series, {
        name: "webhook-latency",
        title: "Latency, 95th percentile",
        subtitle: "ms from the request to the whole answer; less is better",
        decimals: 1,
      }, (samples) => percentile(samples.flatMap(({ latencies }) => latencies), 0.95)),
    ],
    figures: {
      rows: measured.rows,
      direct: measured.directCosts,
      series: series.map(figuresOf),
    },
  };
}

function figuresOf({ samples, ...series }: Series) {
  const latencies = samples.flatMap(({ latencies }) => latencies);
  return {
    ...series,
    requestsASecond: requestsASecond(samples),
    p50Ms: percentile(latencies, 0.5),
    p95Ms: percentile(latencies, 0.95),
    p99Ms: percentile(latencies, 0.99),
    cpuMs: cpuMsARequest(samples),
    roundTrips: roundTripsARequest(samples),
    database: databaseCostARequest(samples),
    roundsMs: samples.map(({ ms }) => ms),
  };
}

function speedTable(series: Series[]): Table {
  return {
    name: "webhooks-speed",
    head: [
      "webhook",
      "at once",
      "",
      "a second",
      "p50 ms",
      "p95 ms",
      "p99 ms",
      "CPU ms",
      "round trips",
    ],
    rows: series.map((entry): Cell[] => {
      const figures = figuresOf(entry);
      return [
        entry.webhook,
        entry.concurrency,
        entry.contender,
        figures.requestsASecond.toFixed(0),
        figures.p50Ms.toFixed(1),
        figures.p95Ms.toFixed(1),
        figures.p99Ms.toFixed(1),
        figures.cpuMs.toFixed(2),
        figures.roundTrips.toFixed(2),
      ];
    }),
  };
}

/** What all statements of a webhook cost in Postgres, when it is alone. */
function databaseTable(series: Series[]): Table {
  const alone = series.filter(({ concurrency }) => concurrency === 1);
  return {
    name: "webhooks-postgres",
    head: ["webhook, all its statements", "", "ms in Postgres", "pages", "WAL kB"],
    rows: alone.map(({ webhook, contender, samples }) => {
      const { ms, pages, walBytes } = databaseCostARequest(samples);
      return [webhook, contender, ms.toFixed(2), pages.toFixed(0), (walBytes / 1000).toFixed(2)];
    }),
  };
}

function directTable(costs: DirectCost[]): Table {
  return {
    name: "webhooks-direct",
    head: ["the call on a direct connection", "", "ms", "ms in Postgres", "pages", "WAL kB"],
    rows: [...costs].sort(byCall).map((
      { webhook, isBroadcast, contender, callMs, cost: { ms, pages, walBytes } },
    ) => [
      `${webhook}, ${isBroadcast ? "with" : "no"} broadcast`,
      contender,
      callMs.toFixed(2),
      ms.toFixed(2),
      pages,
      (walBytes / 1000).toFixed(2),
    ]),
  };
}

function byCall(a: DirectCost, b: DirectCost): number {
  return WEBHOOKS.indexOf(a.webhook) - WEBHOOKS.indexOf(b.webhook) ||
    Number(a.isBroadcast) - Number(b.isBroadcast);
}

/** The product to the others: geometric means over both webhooks and all concurrencies. */
function summaryTable(series: Series[], costs: DirectCost[]): Table {
  const ratios = (
    other: Contender["name"],
    ratio: (product: Sample[], other: Sample[]) => number,
  ) =>
    series.filter(({ contender }) => contender === "product").map((product) =>
      ratio(
        product.samples,
        series.find(({ contender, webhook, concurrency }) =>
          contender === other && webhook === product.webhook && concurrency === product.concurrency
        )!.samples,
      )
    );
  const cpu = (samples: Sample[], others: Sample[]) =>
    cpuMsARequest(samples) / cpuMsARequest(others);
  const row = (label: string, goal: string, figures: number[]): Cell[] => [
    label,
    geometricMean(figures).toFixed(2),
    goal,
    figures.map((figure) => figure.toFixed(2)).join(" "),
  ];
  const costOf = (contender: Contender["name"], webhook: Webhook, isBroadcast: boolean) =>
    costs.find((cost) =>
      cost.contender === contender && cost.webhook === webhook && cost.isBroadcast === isBroadcast
    )!;
  const direct = (webhook: Webhook, isBroadcast: boolean, goal: string): Cell[] => {
    const [product, floor] = (["product", "floor"] as const).map((name) =>
      costOf(name, webhook, isBroadcast).callMs
    );
    const label = `${webhook} on a direct connection, ${
      isBroadcast ? "with" : "no"
    } broadcast, to the floor`;
    return [label, (product / floor).toFixed(2), goal, ""];
  };
  const broadcast = WEBHOOKS.map((webhook) => costOf("product", webhook, true).cost);
  const wal = broadcast.map(({ walBytes }) => (walBytes / 1000).toFixed(2));
  return {
    name: "webhooks-summary",
    head: ["the product", "", "goal", "each"],
    rows: [
      row("requests a second to the quickstart", "≥ 2.5", ratios("quickstart", speedRatio)),
      row("requests a second to the floor", "≥ 0.8", ratios("floor", speedRatio)),
      row("CPU of the function to the quickstart", "", ratios("quickstart", cpu)),
      row("CPU of the function to the floor", "≤ 1.3", ratios("floor", cpu)),
      direct("sms-inbound", false, "≤ 1.33"),
      direct("sms-inbound", true, "≤ 1.73"),
      direct("sms-status", false, "≤ 1.27"),
      direct("sms-status", true, "≤ 1.27"),
      [
        "pages of a call with broadcast, inbound / status",
        broadcast.map(({ pages }) => pages).join(" / "),
        "≤ 60 / 40",
        "",
      ],
      ["WAL of a call with broadcast, inbound / status, kB", wal.join(" / "), "≤ 1.3 / 1.2", ""],
    ],
  };
}

function chart(
  series: Series[],
  description: Pick<BarChart, "name" | "title" | "subtitle" | "decimals">,
  figure: (samples: Sample[]) => number,
): BarChart {
  const groups = Map.groupBy(
    series,
    ({ webhook, concurrency }) => `${webhook}, ${concurrency} at once`,
  );
  return {
    ...description,
    series: NAMES,
    groups: [...groups].map(([label, entries]) => ({
      label,
      figures: entries.map(({ samples }) => figure(samples)),
    })),
  };
}
