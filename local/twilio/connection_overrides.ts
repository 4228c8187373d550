/**
 * How Twilio calls a webhook: the settings that the fragment of the webhook's URL may hold.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 * @module
 */

/** What may make Twilio call again: a failed connection, a read that takes too long, a status. */
type RetryPolicy = "ct" | "rt" | "4xx" | "5xx";

/** How a webhook is called. */
export interface ConnectionOverrides {
  /** How often Twilio calls again: rc. */
  retries: number;
  /** When: rp. */
  policies: Set<RetryPolicy>;
  /** How long one call may take, in ms: rt. */
  readMs: number;
  /** How long all calls together may take, in ms: tt. */
  totalMs: number;
}

const POLICIES: RetryPolicy[] = ["ct", "rt", "4xx", "5xx"];

/** Reads a webhook's URL; what its fragment does not name is as Twilio has it by default. */
export function connectionOverridesOf(url: string): ConnectionOverrides {
  const fragment = new URLSearchParams(url.split("#")[1] ?? "");
  const number = (name: string, fallback: number, most: number) =>
    Math.min(most, Number(fragment.get(name) ?? fallback) || 0);
  const named = (fragment.get("rp") ?? "ct").split(",");
  return {
    retries: number("rc", 1, 5),
    policies: new Set(named.includes("all") ? POLICIES : POLICIES.filter((p) => named.includes(p))),
    readMs: number("rt", 15_000, 15_000),
    totalMs: number("tt", 15_000, 15_000),
  };
}

/** Tells which policy makes Twilio repeat a call that was answered so; nothing for a success. */
export function policyOf(status: number): RetryPolicy | undefined {
  if (status >= 500) return "5xx";
  return status >= 400 ? "4xx" : undefined;
}
