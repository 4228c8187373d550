/**
 * One call of sms-reconcile, and what its answer means for the caller.
 *
 * @module
 */
import { z } from "zod/v3";
import type { Project } from "./options.ts";

/** The span that one call compares. */
export interface Call {
  since: Date;
  until?: Date;
  isDryRun: boolean;
}

const Count = z.number().int().nonnegative();

const Run = z.object({
  status: z.enum(["done", "more"]),
  turns: Count,
  sends: z.object({ confirmed: Count, sent_again: Count, failed: Count }),
  inbound: z.object({ listed: Count, brought_in: Count }),
  statuses: z.object({ asked: Count, updated: Count }),
  cursor: z.string().datetime({ offset: true }).transform((text) => new Date(text)).nullable(),
});

/** What a run has done. */
export type Run = z.infer<typeof Run>;

/** What came of a call. */
export type Answer =
  | { kind: "run"; run: Run }
  /** The same call may succeed later. */
  | { kind: "later"; reason: string }
  /** The same call fails again until the user has changed something. */
  | { kind: "refused"; problem: string }
  | { kind: "no_answer"; problem: string };

/** Longer than a run and the turn that it has begun last, in ms. */
const CALL_MS = 180_000;

const Refusal = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** Statuses of the platform that say nothing of the call itself, such as a worker at its limits. */
const PASSING = [408, 429, 502, 503, 504, 546];

/**
 * Calls once, and waits for the run's end.
 *
 * @param signal Ends the call; the promise rejects then.
 * @see https://supabase.com/docs/guides/functions/status-codes
 */
export async function callReconcile(
  { url, secretKey, isLocal }: Project,
  { since, until, isDryRun }: Call,
  signal: AbortSignal,
): Promise<Answer> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${url}/functions/v1/sms-reconcile`, {
      method: "POST",
      headers: { "apikey": secretKey, "Content-Type": "application/json" },
      body: JSON.stringify({ wait: true, since, until, dry_run: isDryRun }),
      // The key must not follow a redirect to another host.
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]),
    });
    text = await response.text();
  } catch {
    signal.throwIfAborted();
    const advice = isLocal ? "is `deno task start` running?" : "is --url right?";
    return { kind: "no_answer", problem: `Nothing answers at ${url}: ${advice}` };
  }
  const { status } = response;
  const json = parseJson(text);
  const refusal = Refusal.safeParse(json).data?.error;
  if (status === 200) {
    const run = Run.safeParse(json).data;
    return run
      ? { kind: "run", run }
      : refused(`What answers at ${url} is not sms-reconcile: is --url right?`);
  }
  if (status >= 300 && status < 400) return refused(`${url} redirects: name its target in --url`);
  switch (refusal?.code) {
    case "TWILIO_UNREACHABLE":
      return later("Twilio's API cannot be reached, or refuses the call (the function's log says)");
    case "UNAVAILABLE":
      return later("The database cannot be reached");
    case "NOT_CONFIGURED":
      return refused(
        "sms-reconcile is not configured. Set the secrets that its log names, and call again",
      );
  }
  switch (status) {
    case 401:
      return refused(
        isLocal
          ? `sms-reconcile at ${url} does not take the local stack's secret key: is that another stack?`
          : `The secret key is none of the project at ${url}. Set SUPABASE_SECRET_KEY to one from its API keys, and deploy with verify_jwt off, as supabase/config.toml says`,
      );
    case 404:
      return refused(
        `There is no sms-reconcile at ${url}. Deploy it (supabase functions deploy sms-reconcile), or correct --url`,
      );
    case 422:
      return refused(
        `sms-reconcile refuses the call: ${refusal?.message ?? "it does not say why"}`,
      );
  }
  return PASSING.includes(status)
    ? later(`The functions answer HTTP ${status}`)
    : refused(`sms-reconcile answers HTTP ${status}: its log says why`);
}

const refused = (problem: string): Answer => ({ kind: "refused", problem });
const later = (reason: string): Answer => ({ kind: "later", reason });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
