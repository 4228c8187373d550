/**
 * Faults at one request of a worker.
 *
 * @module
 */
import type postgres from "postgres";
import type { EdgeFunction } from "../../local/functions/edge_function.ts";
import { forgetDueWork } from "./bot.ts";
import { stackEnvironment, startWorker } from "./function_worker.ts";
import { type Checkpoint, startCheckpoint, type Which } from "./checkpoint.ts";
import { lazyReconciler, type Schedule, SHORT_OVERLAP, startSchedule } from "./schedule.ts";
import { API_URL, MODEL_URL, TWILIO_URL, withSql } from "./stack.ts";
import type { Scenario } from "./scenario.ts";
import { until } from "./wait.ts";

/** How a request ends badly: every attempt of it, but where only the first one is named. */
export const FAULTS = [
  "fails",
  "is done, but its answer is lost",
  "is done, but its first answer is lost",
  "is not done, because the worker is killed",
  "is done, and the worker is killed",
] as const;

export type Fault = typeof FAULTS[number];

/** Asks whether a fault ends the worker. */
export const isKill = (fault: Fault) => fault.endsWith("killed");

/** Asks whether a fault lets the worker go on after another attempt. */
export const isOnce = (fault: Fault) => fault.includes("first");

/** What a worker calls. */
export type Side = "database" | "model" | "twilio";

/** A worker that reaches everything through checkpoints. */
export interface Rig extends Record<Side, Checkpoint> {
  worker: EdgeFunction;
  logs: string[];
}

/** Delivery callbacks go nowhere, so that only Twilio's log can tell what became of a message. */
export const WITHOUT_CALLBACKS = {
  TWILIO_WEBHOOK_BASE_URL: `http://127.0.0.1:9/functions/v1,${API_URL}/functions/v1`,
};

/** What workers are told: the bot answers at once, and Twilio is asked for a status when a test says so. */
const SETTINGS = {
  ...WITHOUT_CALLBACKS,
  TURN_WAIT_SECONDS: "0.1",
  STATUS_CHECK_SECONDS: "0.1",
  RECONCILE_LAG_SECONDS: "0",
  ...SHORT_OVERLAP,
};

/** Runs a test with so many workers of a function, and a schedule that calls nothing by itself. */
export async function withRigs(
  name: string,
  count: number,
  use: (rigs: Rig[], sql: postgres.Sql, schedule: Schedule) => Promise<void>,
): Promise<void> {
  const env = await stackEnvironment(SETTINGS);
  const rigs = Array.from({ length: count }, () => startRig(name, env));
  const reconciler = lazyReconciler(env, () => {});
  const schedule = startSchedule(reconciler);
  try {
    await schedule.pause();
    await Promise.all(rigs.map(({ worker }) => worker.ready()));
    await withSql(async (sql) => {
      await forgetDueWork(sql);
      await use(rigs, sql, schedule);
    });
  } finally {
    await schedule.stop();
    await reconciler.stop();
    await Promise.all(rigs.map(async ({ worker, database, model, twilio }) => {
      await worker.stop();
      await Promise.all([database, model, twilio].map((checkpoint) => checkpoint.stop()));
    }));
  }
}

function startRig(name: string, env: Record<string, string>): Rig {
  const database = startCheckpoint(API_URL);
  const model = startCheckpoint(MODEL_URL.replace(/\/v1$/, ""));
  const twilio = startCheckpoint(TWILIO_URL);
  const logs: string[] = [];
  const addresses = {
    SUPABASE_URL: database.url,
    TWILIO_API_BASE_URL: twilio.url,
    LLM_BASE_URL: `${model.url}/v1`,
  };
  const worker = startWorker(name, { ...env, ...addresses }, (line) => void logs.push(line));
  return { worker, database, model, twilio, logs };
}

/** A fault that is set. */
export interface SetFault {
  /** Waits until the first such request is there. */
  untilReached(): Promise<unknown>;
  /** Ends what is held, and lets what comes later through. */
  lift(): void;
}

/** Sets a fault at each request that matches. One that kills holds them: the test does the killing. */
export function setFault(checkpoint: Checkpoint, which: Which, fault: Fault): SetFault {
  const { reached, lift } = faultAt(checkpoint, which, fault);
  let isReached = false;
  reached.then(() => isReached = true);
  return { untilReached: () => until(() => isReached, `a request that ${fault}`, 60), lift };
}

function faultAt(checkpoint: Checkpoint, which: Which, fault: Fault) {
  switch (fault) {
    case "fails": {
      const { reached, mend } = checkpoint.breakBefore(which);
      return { reached, lift: mend };
    }
    case "is done, but its answer is lost": {
      const { reached, mend } = checkpoint.breakAfter(which);
      return { reached, lift: mend };
    }
    case "is done, but its first answer is lost": {
      const { reached, drop } = checkpoint.haltAfter(which);
      return { reached: reached.then(drop), lift: () => {} };
    }
    case "is not done, because the worker is killed": {
      const { reached, drop } = checkpoint.haltBefore(which, "every");
      return { reached, lift: drop };
    }
    case "is done, and the worker is killed": {
      const { reached, drop } = checkpoint.haltAfter(which, "every");
      return { reached, lift: drop };
    }
  }
}

/** Waits until a fault has come; the error names the scenario. */
export async function untilReached(set: SetFault, { label }: Scenario): Promise<void> {
  await set.untilReached().catch((cause) => {
    throw new Error(label, { cause });
  });
}

/** How many scenarios begin at once. More would wait for each other longer than a call may take. */
const AT_ONCE = 8;

/**
 * Begins scenarios group by group, each group when the faults of the one before have come. Those whose
 * worker is killed are last, so that it is killed before it gives a held call up.
 *
 * @param begin Begins one. What it returns may last as long as its fault.
 * @returns What `begin` has returned for each.
 */
export async function beginUntilReached<
  Item extends { fault: Fault; set: SetFault; scenario: Scenario },
  Begun,
>(faults: Item[], begin: (fault: Item) => Promise<Begun>): Promise<Promise<Begun>[]> {
  const inOrder = faults.toSorted((a, b) => Number(isKill(a.fault)) - Number(isKill(b.fault)));
  const begun: Promise<Begun>[] = [];
  for (let first = 0; first < inOrder.length; first += AT_ONCE) {
    const group = inOrder.slice(first, first + AT_ONCE);
    begun.push(...group.map(begin));
    await Promise.all(group.map(({ set, scenario }) => untilReached(set, scenario)));
  }
  return begun;
}

/** Waits until a worker has given a call up. */
export function untilGivenUp({ logs }: Rig, scenario: Scenario): Promise<unknown> {
  return until(
    () => logs.some((line) => line.includes("database_error") && scenario.isNamedIn(line)),
    `the worker to give up: ${scenario.label}`,
  );
}

/** Waits until a worker has nothing more to do for a conversation. */
export function untilOver(sql: postgres.Sql, { logs }: Rig, scenario: Scenario): Promise<unknown> {
  const { id, label } = scenario;
  return until(async () => {
    const [{ is_over }] = await sql`
      select reply_due_at is null and exists (
        select from recruiting_messages m where m.conversation_id = c.id
      ) and not exists (
        select from recruiting_messages m where m.conversation_id = c.id and m.confirm_due_at is not null
      ) as is_over
      from recruiting_conversations c where id = ${id}`;
    return is_over ||
      logs.some((line) => line.includes("send_unconfirmed") && scenario.isNamedIn(line));
  }, `the worker to end: ${label}`);
}

/** Ends a worker at once, and waits until it is gone. */
export async function kill({ worker }: Pick<Rig, "worker">): Promise<void> {
  const { pid } = worker;
  Deno.kill(pid!, "SIGKILL");
  await until(() => worker.pid !== pid, "another worker");
}
