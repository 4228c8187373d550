/**
 * The growth of figures over time.
 *
 * @module
 */
import { median } from "../table.ts";
import type { Figures } from "./minute.ts";

/** The growth up to which a figure counts as flat, as a share an hour. */
const MAX_GROWTH_PER_HOUR = 0.2;

/** The shortest run whose growth is judged, in minutes. In a shorter one chance decides. */
export const MIN_MINUTES = 30;

/** The length of the two spans that are compared, in minutes. */
const SPAN = 10;

/** The figures that should stay constant. */
const STEADY = /^(inbound|status) p(50|95)$|^RSS |^connections$/;

/** A figure at the beginning and at the end of a run. */
export interface Comparison {
  name: string;
  first: number;
  last: number;
  /** The growth an hour by the line through all minutes, as a share of their mean. */
  perHour: number;
  /** Whether the figure should stay constant. */
  isSteady: boolean;
}

/** The length of the two compared spans, in minutes: ten, or half of a shorter run. */
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

/**
 * The slope of the least-squares line through one value a minute, for an hour, divided by the mean.
 */
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

/** The verdict on a run, in one line. */
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
