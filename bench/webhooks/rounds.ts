/**
 * Short rounds in which every contender gets the same requests, in an order that rotates, so that the
 * machine's noise meets all of them alike.
 *
 * @module
 */
import type { Contender } from "./contenders.ts";
import type { Deployed } from "./deployed.ts";
import { HttpConnection } from "./http_connection.ts";
import { type Webhook, WEBHOOKS } from "./requests.ts";
import { type Cost, costBetween } from "./statement_costs.ts";

/** What one contender did in one round. */
export interface Sample {
  contender: Contender["name"];
  webhook: Webhook;
  concurrency: number;
  requests: number;
  /** From the first request to the last answer, in ms. */
  ms: number;
  /** The time of each request, in ms. */
  latencies: number[];
  /** The CPU time of the function's process, in ms. */
  cpuMs: number;
  /** The calls of the REST endpoint. */
  roundTrips: number;
  /** What all its statements have cost in Postgres. */
  database: Cost;
}

/**
 * Sends requests to one contender.
 *
 * @throws {Error} If an answer is not 200.
 */
export async function sendTo(
  deployed: Deployed,
  webhook: Webhook,
  requests: Uint8Array[],
  concurrency: number,
): Promise<Sample> {
  const server = deployed.functions[webhook];
  const connections = await Promise.all(
    Array.from({ length: concurrency }, () => HttpConnection.open(server.port)),
  );
  try {
    const latencies: number[] = [];
    const tripsBefore = await deployed.roundTrips();
    const costBefore = await deployed.databaseCost();
    const cpuBefore = await server.cpuMs();
    const startedAt = performance.now();
    let next = 0;
    await Promise.all(connections.map(async (connection) => {
      while (next < requests.length) {
        const request = requests[next++];
        const sentAt = performance.now();
        const status = await connection.send(request);
        latencies.push(performance.now() - sentAt);
        if (status !== 200) {
          throw new Error(`${deployed.contender.name} answered ${status}:\n${server.errors}`);
        }
      }
    }));
    const ms = performance.now() - startedAt;
    const cpuMs = await server.cpuMs() - cpuBefore;
    return {
      contender: deployed.contender.name,
      webhook,
      concurrency,
      requests: requests.length,
      ms,
      latencies,
      cpuMs,
      roundTrips: await deployed.roundTrips() - tripsBefore,
      database: costBetween(costBefore, await deployed.databaseCost()),
    };
  } finally {
    connections.forEach((connection) => connection.close());
  }
}

/** How many requests a contender gets in one round, by the concurrency. */
export type RoundSizes = Record<number, number>;

/** The number of requests of each webhook that rounds need. */
export function requestsNeeded(rounds: number, sizes: RoundSizes): number {
  return rounds * Object.values(sizes).reduce((sum, size) => sum + size, 0);
}

/**
 * Runs rounds.
 *
 * @param requests The requests of each webhook, at least {@link requestsNeeded}.
 * @returns A sample for each contender, webhook, concurrency and round, in the rounds' order.
 */
export async function runRounds(
  deployed: Deployed[],
  requests: Record<Webhook, Uint8Array[]>,
  rounds: number,
  sizes: RoundSizes,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const next: Record<Webhook, number> = { "sms-inbound": 0, "sms-status": 0 };
  for (let round = 0; round < rounds; round++) {
    for (const webhook of WEBHOOKS) {
      for (const [concurrency, size] of Object.entries(sizes)) {
        const batch = requests[webhook].slice(next[webhook], next[webhook] += size);
        for (let index = 0; index < deployed.length; index++) {
          const turn = deployed[(index + round) % deployed.length];
          samples.push(await sendTo(turn, webhook, batch, Number(concurrency)));
        }
      }
    }
  }
  return samples;
}
