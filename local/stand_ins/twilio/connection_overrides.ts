/**
 * Connection overrides: the fragment of a webhook's URL sets how Twilio calls it.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 * @module
 */

/** A reason for a retry: a failed connection (ct), a read timeout (rt), or a status. */
type RetryPolicy = "ct" | "rt" | "4xx" | "5xx";

/** The settings of a webhook's call. */
export interface ConnectionOverrides {
  /** The number of retries: rc. */
  retries: number;
  /** The reasons for a retry: rp. */
  policies: Set<RetryPolicy>;
  /** The time limit of one call, in ms: rt. */
  readMs: number;
  /** The time limit of all calls together, in ms: tt. */
  totalMs: number;
}

const POLICIES: RetryPolicy[] = ["ct", "rt", "4xx", "5xx"];

/**
 * Reads the overrides in a webhook's URL. Settings that the fragment does not name have Twilio's
 * defaults.
 */
export function connectionOverridesOf(url: string): ConnectionOverrides {
  const fragment = new URLSearchParams(url.split("#")[1] ?? "");
  const number = (name: string, fallback: number, max: number) =>
    Math.min(max, Number(fragment.get(name) ?? fallback) || 0);
  const named = (fragment.get("rp") ?? "ct").split(",");
  return {
    retries: number("rc", 1, 5),
    policies: new Set(named.includes("all") ? POLICIES : POLICIES.filter((p) => named.includes(p))),
    readMs: number("rt", 15_000, 15_000),
    totalMs: number("tt", 15_000, 15_000),
  };
}

/** Returns the policy that an HTTP status falls under; undefined for a success. */
export function policyOf(status: number): RetryPolicy | undefined {
  if (status >= 500) return "5xx";
  return status >= 400 ? "4xx" : undefined;
}
