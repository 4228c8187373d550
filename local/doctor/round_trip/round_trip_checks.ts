/**
 * The checks of `doctor --round-trip`: one for each step of one round trip.
 *
 * @module
 */
import process from "node:process";
import type { Check, Examined } from "../check.ts";
import { type RoundTrip, roundTrip, STEPS } from "./round_trip.ts";

/** The longest time of a round trip whose every request reaches its limit, in ms. Until then it must erase. */
const LIMIT_MS = 360_000;

/** The exit code after Ctrl-C: 128 and SIGINT's number. */
const STOPPED = 130;

/**
 * Returns the checks. The first one that runs makes the round trip, and the others wait for it.
 *
 * @param examined What is checked.
 */
export function roundTripChecks({ project, isRoundTrip }: Examined): Check[] {
  let trip: Promise<RoundTrip> | undefined;
  return STEPS.map((step) => ({
    id: `round_trip.${step}`,
    limitMs: LIMIT_MS,
    async run() {
      if (!isRoundTrip) return { ok: null, detail: "Only with --round-trip" };
      trip ??= erasingWhenStopped((stop) => roundTrip(project, stop));
      return (await trip)[step];
    },
  }));
}

/** Lets Ctrl-C and SIGTERM stop the round trip, which erases what it has stored, and then ends the process. */
async function erasingWhenStopped<Result>(
  use: (stop: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  try {
    return await use(stop.signal);
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
    if (stop.signal.aborted) process.exit(STOPPED);
  }
}
