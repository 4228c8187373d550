/**
 * One call of sms-reconcile, and the meaning of its answer for the caller.
 *
 * @module
 */
import { z } from "zod/v3";
import { taskCommand } from "../command_line/task_command.ts";
import { parseJson } from "../parse_json.ts";
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

/** The report of a run. */
export type Run = z.infer<typeof Run>;

/** The result of a call. */
export type Answer =
  | { kind: "run"; run: Run }
  /** The same call may succeed later. */
  | { kind: "later"; reason: string }
  /** The same call fails until the user changes something. */
  | { kind: "refused"; problem: string }
  | { kind: "no_answer"; problem: string };

/** The time limit of a call, in ms: longer than a run with the turn that it begins last. */
const CALL_LIMIT_MS = 180_000;

const Refusal = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** The platform's statuses for passing failures, such as a worker at its limits. */
const TRANSIENT = [408, 429, 502, 503, 504, 546];

/**
 * Calls sms-reconcile once, and waits for the end of its run.
 *
 * @param signal Aborts the call, which then rejects.
 * @returns What the answer means. A failed call is a result, and not an exception.
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
      signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_LIMIT_MS)]),
    });
    text = await response.text();
  } catch {
    signal.throwIfAborted();
    const advice = isLocal ? `is \`${taskCommand("start")}\` running?` : "is --url right?";
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
          ? `sms-reconcile at ${url} refuses the local stack's secret key. Is another stack running there?`
          : `The secret key does not belong to the project at ${url}. Set SUPABASE_SECRET_KEY to one from its API keys, and deploy with verify_jwt off, as supabase/config.toml says`,
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
  return TRANSIENT.includes(status)
    ? later(`The functions answer HTTP ${status}`)
    : refused(`sms-reconcile answers HTTP ${status}: its log says why`);
}

const refused = (problem: string): Answer => ({ kind: "refused", problem });
const later = (reason: string): Answer => ({ kind: "later", reason });
