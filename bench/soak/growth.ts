/**
 * Whether figures grow as time goes by.
 *
 * @module
 */
import { median } from "../table.ts";
import type { Figures } from "./minute.ts";

/** The most that a figure may grow and still counts as flat, as a share an hour. */
export const MAX_GROWTH_PER_HOUR = 0.2;

/** A trend over a shorter time tells more of chance than of the product, in minutes. */
export const MIN_MINUTES = 30;

/** The length of the two spans that are compared, in minutes. */
const SPAN = 10;

/** Figures that are meant to stay as they are. */
const STEADY = /^(inbound|status) p(50|95)$|^RSS |^connections$/;

/** One figure, at the run's begin and at its end. */
export interface Comparison {
  name: string;
  first: number;
  last: number;
  /** By the line through all minutes, as a share of their mean. */
  perHour: number;
  /** Whether it is meant to stay as it is. */
  isSteady: boolean;
}

/** How many minutes the two spans have: ten, or half of a shorter run. */
export function spanOf(minutes: number): number {
  return Math.max(1, Math.min(SPAN, Math.floor(minutes / 2)));
}

/** Compares the first minutes with the last. */
export function compare(minutes: Figures[]): Comparison[] {
  const span = spanOf(minutes.length);
  return Object.keys(minutes.at(-1) ?? {}).map((name) => {
    const values = minutes.map((figures) => figures[name]).filter(Number.isFinite);
    return {
      name,
      first: median(values.slice(0, span)),
      last: median(values.slice(-span)),
      perHour: growthPerHour(values),
      isSteady: STEADY.test(name),
    };
  });
}

/** The slope of the least-squares line through one value a minute, an hour's worth, over the mean. */
export function growthPerHour(values: number[]): number {
  const mean = average(values);
  const middle = (values.length - 1) / 2;
  let above = 0;
  let below = 0;
  for (const [minute, value] of values.entries()) {
    above += (minute - middle) * (value - mean);
    below += (minute - middle) ** 2;
  }
  return below === 0 || mean === 0 ? 0 : 60 * above / below / mean;
}

/** The last line of a run. */
export function verdict(comparisons: Comparison[], minutes: number): string {
  if (minutes < MIN_MINUTES) {
    return `Too short to judge growth: ${MIN_MINUTES} minutes are needed.`;
  }
  const bound = `${100 * MAX_GROWTH_PER_HOUR} % an hour`;
  const growing = comparisons.filter(({ isSteady, perHour }) =>
    isSteady && perHour > MAX_GROWTH_PER_HOUR
  );
  return growing.length === 0
    ? `Flat: no latency, memory or number of connections grew by more than ${bound}.`
    : `Growing by more than ${bound}: ${growing.map(({ name }) => name).join(", ")}.`;
}

function average(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
