/**
 * Figures of samples: what stands for many, and ratios.
 *
 * @module
 */
import { median } from "../table.ts";
import type { Sample } from "./rounds.ts";
import type { Cost } from "./statement_costs.ts";

/** The geometric mean, the mean of ratios. */
export function geometricMean(figures: number[]): number {
  return Math.exp(figures.reduce((sum, figure) => sum + Math.log(figure), 0) / figures.length);
}

/** The value below which a share of the figures lies. */
export function percentile(figures: number[], share: number): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

const sum = (figures: number[]) => figures.reduce((total, figure) => total + figure, 0);

/** Requests a second: the median of the rounds. */
export function requestsASecond(samples: Sample[]): number {
  return median(samples.map(({ requests, ms }) => requests * 1000 / ms));
}

/** CPU time of the function's process a request, in ms, over all rounds. */
export function cpuMsARequest(samples: Sample[]): number {
  return sum(samples.map(({ cpuMs }) => cpuMs)) / sum(samples.map(({ requests }) => requests));
}

/** Calls of the REST endpoint a request, over all rounds. */
export function roundTripsARequest(samples: Sample[]): number {
  return sum(samples.map(({ roundTrips }) => roundTrips)) /
    sum(samples.map(({ requests }) => requests));
}

/** The ratio of requests a second of two contenders in the same rounds: the median of the rounds. */
export function speedRatio(samples: Sample[], others: Sample[]): number {
  return median(samples.map(({ ms }, round) => others[round].ms / ms));
}

/** The cost in Postgres a request, over all rounds. */
export function databaseCostARequest(samples: Sample[]): Cost {
  const requests = sum(samples.map(({ requests }) => requests));
  const mean = (figure: keyof Cost) =>
    sum(samples.map(({ database }) => database[figure])) / requests;
  return { ms: mean("ms"), pages: mean("pages"), walBytes: mean("walBytes") };
}
