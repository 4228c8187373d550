/**
 * One run: the load and the faults of the plan, then the remaining work, then the evidence.
 *
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { SECRET_KEY } from "../settings/keys.ts";
import { signIn, signOut } from "./agents.ts";
import type { ChaosStack } from "./chaos_stack.ts";
import { type Evidence, type Notes, readEvidence, readRecords, readTwilioLog } from "./evidence.ts";
import { fetchWithin } from "./fetch_within.ts";
import { injectFault } from "./inject_fault.ts";
import { type Actors, beginConversations, perform } from "./load.ts";
import { observe } from "./observer.ts";
import { remainingWork } from "./remaining_work.ts";
import { isFault, type Step } from "./fault_plan.ts";
import { RECRUITS } from "./recruits.ts";

/** The longest time for the remaining work after the load, in ms. */
const FINISH_WITHIN_MS = 120_000;

/** The interval at which the remaining work is read, in ms. */
const READ_EVERY_MS = 2_000;

/** The result of a run. */
export interface Result {
  evidence: Evidence;
  /** The work that was unfinished at the end of the time. */
  remaining: string[];
}

/**
 * Runs a plan.
 *
 * @param onProgress Receives the phase, again and again.
 */
export async function run(
  plan: Step[],
  stack: ChaosStack,
  notes: Notes,
  onProgress: (phase: string) => void,
): Promise<Result> {
  await stack.withSql(observe);
  const agents = await signIn(stack.apiUrl, notes);
  const actors: Actors = { stack, agents, conversations: new Map(), texts: [] };
  await beginConversations(actors);

  const startedAt = performance.now();
  const running = plan.map(async ({ atMs, action }) => {
    await pause(startedAt + atMs - performance.now());
    onProgress("load");
    // During a fault a call may fail: that is an outcome of the run.
    const outcome = isFault(action)
      ? await injectFault(action, stack)
      : await perform(action, actors).catch((error: Error) => error.message);
    const phone = "recruit" in action ? RECRUITS[action.recruit] : undefined;
    notes.performed.push({ at: new Date().toISOString(), action, phone, outcome });
  });
  const failed = (await Promise.allSettled(running)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;

  const twilioLog = () => readTwilioLog(stack.twilioUrl, stack.settings);
  const deadline = performance.now() + FINISH_WITHIN_MS;
  let remaining: string[];
  do {
    await reconcile(stack);
    remaining = remainingWork(await stack.withSql((sql) => readRecords(sql, twilioLog)));
    onProgress(`${remaining.length} unfinished`);
    if (remaining.length > 0) await pause(READ_EVERY_MS);
  } while (remaining.length > 0 && performance.now() < deadline);
  await signOut(agents);
  return { evidence: await stack.withSql((sql) => readEvidence(sql, twilioLog, notes)), remaining };
}

/**
 * Calls sms-reconcile with `wait`, which compares Twilio's log at once; the schedule's calls do so
 * once a minute.
 */
async function reconcile({ apiUrl }: ChaosStack): Promise<void> {
  const response = await fetchWithin(`${apiUrl}/functions/v1/sms-reconcile`, {
    method: "POST",
    headers: { apikey: SECRET_KEY },
    body: JSON.stringify({ wait: true }),
  }).catch(() => undefined);
  await response?.body?.cancel();
}
