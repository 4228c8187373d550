/**
 * One run: load and faults by the plan, then quiet, then the evidence.
 *
 * @module
 */
import { SECRET_KEY } from "../settings/keys.ts";
import { signIn, signOut } from "./agents.ts";
import type { ChaosStack } from "./chaos_stack.ts";
import { type Evidence, type Notes, readEvidence, readRecords, readTwilioLog } from "./evidence.ts";
import { fetchWithin } from "./fetch_within.ts";
import { harm } from "./faults.ts";
import { type Actors, beginConversations, perform } from "./load.ts";
import { observe } from "./observer.ts";
import { openWork } from "./open_work.ts";
import { isFault, type Step } from "./plan.ts";
import { RECRUITS } from "./recruits.ts";

/** How long the system may take to become quiet, in ms. */
const QUIET_WITHIN_MS = 120_000;

/** How often it is looked at meanwhile, in ms. */
const LOOK_EVERY_MS = 2_000;

/** What a run ends with. */
export interface Result {
  evidence: Evidence;
  /** What was still to be done when the time was over. */
  open: string[];
}

/**
 * Runs a plan.
 *
 * @param onProgress Gets the phase and the deeds so far, again and again.
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
    // What gets no answer while things are broken is part of the run.
    const outcome = isFault(action)
      ? await harm(action, stack)
      : await perform(action, actors).catch((error: Error) => error.message);
    const phone = "recruit" in action ? RECRUITS[action.recruit] : undefined;
    notes.deeds.push({ at: new Date().toISOString(), action, phone, outcome });
  });
  const failed = (await Promise.allSettled(running)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;

  const twilioLog = () => readTwilioLog(stack.twilioUrl, stack.settings);
  const deadline = performance.now() + QUIET_WITHIN_MS;
  let open: string[];
  do {
    await reconcile(stack);
    open = openWork(await stack.withSql((sql) => readRecords(sql, twilioLog)));
    onProgress(`${open.length} left`);
    if (open.length > 0) await pause(LOOK_EVERY_MS);
  } while (open.length > 0 && performance.now() < deadline);
  await signOut(agents);
  return { evidence: await stack.withSql((sql) => readEvidence(sql, twilioLog, notes)), open };
}

/** One call more than the schedule's, because those compare Twilio's log at most once a minute. */
async function reconcile({ apiUrl }: ChaosStack): Promise<void> {
  const response = await fetchWithin(`${apiUrl}/functions/v1/sms-reconcile`, {
    method: "POST",
    headers: { apikey: SECRET_KEY },
    body: JSON.stringify({ wait: true }),
  }).catch(() => undefined);
  await response?.body?.cancel();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
