/**
 * What a webhook costs: the product beside the obvious alternative and the limit, in one run.
 *
 * @module
 */
import { withSql } from "../../local/postgres/with_sql.ts";
import { printTable } from "../table.ts";
import { CONTENDERS } from "./contenders.ts";
import { withDatabases } from "./databases.ts";
import { withDeployed } from "./deployed.ts";
import {
  inboundRequests,
  seededConversations,
  seededMessages,
  statusRequests,
} from "./requests.ts";
import { requestsNeeded, type RoundSizes, runRounds, type Sample } from "./rounds.ts";
import { compareRows } from "./stored_rows.ts";
import {
  cpuMsARequest,
  geometricMean,
  percentile,
  requestsASecond,
  roundTripsARequest,
  speedRatio,
} from "./statistics.ts";

const CONVERSATIONS = 4_000;
const ROUNDS = 16;
const SIZES: RoundSizes = { 1: 80, 8: 200, 32: 240 };
const WARM_UP = 400;

/**
 * Measures and prints.
 *
 * @param share The share of the usual number of rounds, from 0 to 1.
 */
export async function measureWebhooks(share: number): Promise<void> {
  const rounds = Math.max(2, Math.round(ROUNDS * share));
  const warmUp = Math.ceil(WARM_UP * Math.sqrt(share));
  const count = warmUp + requestsNeeded(rounds, SIZES);
  const conversations = seededConversations(CONVERSATIONS);
  const messages = seededMessages(conversations, count);
  const requests = {
    "sms-inbound": inboundRequests(conversations, count),
    "sms-status": statusRequests(messages),
  };
  await withDatabases(["quickstart", "floor"], async (address) => {
    for (const { database, seed } of CONTENDERS) {
      await withSql(address(database), (sql) => seed(sql, conversations, messages));
      await withSql(address(database, "supabase_admin"), (sql) => sql`vacuum analyze`);
    }
    const samples = await withDeployed(CONTENDERS, "thin", address, async (deployed) => {
      const warm = {
        "sms-inbound": requests["sms-inbound"].splice(0, warmUp),
        "sms-status": requests["sms-status"].splice(0, warmUp),
      };
      await runRounds(deployed, warm, 1, { 8: warmUp });
      return await runRounds(deployed, requests, rounds, SIZES);
    });
    const rows = await compareRows(CONTENDERS, address);
    report(samples);
    console.log(`\nEvery contender has stored the same ${rows} rows.`);
  });
}

function report(samples: Sample[]): void {
  const of = (contender: string, webhook: string, concurrency: number) =>
    samples.filter((sample) =>
      sample.contender === contender && sample.webhook === webhook &&
      sample.concurrency === concurrency
    );
  const cells: (string | number)[][] = [];
  const summary: Record<string, number[]> = {
    "requests a second to the quickstart": [],
    "requests a second to the floor": [],
    "CPU of the function a request, to the floor": [],
    "CPU of the function a request, to the quickstart": [],
  };
  for (const webhook of ["sms-inbound", "sms-status"]) {
    for (const concurrency of Object.keys(SIZES).map(Number)) {
      const [product, quickstart, floor] = CONTENDERS.map(({ name }) =>
        of(name, webhook, concurrency)
      );
      for (const [index, own] of [product, quickstart, floor].entries()) {
        const latencies = own.flatMap(({ latencies }) => latencies);
        cells.push([
          webhook,
          concurrency,
          CONTENDERS[index].name,
          requestsASecond(own).toFixed(0),
          ...[0.5, 0.95, 0.99].map((share) => percentile(latencies, share).toFixed(1)),
          cpuMsARequest(own).toFixed(2),
          roundTripsARequest(own).toFixed(2),
        ]);
      }
      summary["requests a second to the quickstart"].push(speedRatio(product, quickstart));
      summary["requests a second to the floor"].push(speedRatio(product, floor));
      summary["CPU of the function a request, to the floor"].push(
        cpuMsARequest(product) / cpuMsARequest(floor),
      );
      summary["CPU of the function a request, to the quickstart"].push(
        cpuMsARequest(product) / cpuMsARequest(quickstart),
      );
    }
  }
  printTable(
    [
      "webhook",
      "at once",
      "contender",
      "requests a second",
      "p50 ms",
      "p95 ms",
      "p99 ms",
      "CPU ms",
      "round trips",
    ],
    cells,
  );
  console.log();
  printTable(
    ["the product, geometric mean", "figure", "each"],
    Object.entries(summary).map(([name, figures]) => [
      name,
      geometricMean(figures).toFixed(2),
      figures.map((figure) => figure.toFixed(2)).join(" "),
    ]),
  );
}
