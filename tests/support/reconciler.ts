/**
 * A worker of sms-reconcile with a Twilio log of its own, between checkpoints.
 *
 * @module
 */
import type postgres from "postgres";
import type { EdgeFunction } from "../../local/functions/edge_function.ts";
import { assertEquals } from "./assert.ts";
import { forgetDueWork, type TwilioMessage } from "./bot.ts";
import { type Checkpoint, startCheckpoint } from "./checkpoint.ts";
import type { Reconciled } from "./schedule.ts";
import { type Keepable, withKept } from "./kept.ts";
import { API_URL, MODEL_URL, TWILIO_URL, withSql } from "./stack.ts";
import { callAsPlatform, stackEnvironment, startWorker } from "./function_worker.ts";
import { get, messagesUrl, type StandIn, withTwilio } from "./twilio_stand_in.ts";

/** No text waits: what is lost is old, and what is brought in is compared at once. */
const QUICK = {
  TURN_WAIT_SECONDS: "0",
  SETTLE_AFTER_SECONDS: "3",
  SETTLE_GAP_SECONDS: "0.2",
  RECONCILE_LAG_SECONDS: "0",
};

/** Dependencies of a test. */
export interface Reconciler {
  worker: EdgeFunction;
  sql: postgres.Sql;
  /** Twilio, whose log no other test writes to. */
  standIn: StandIn;
  database: Checkpoint;
  twilio: Checkpoint;
  model: Checkpoint;
  logs: string[];
  /** Calls with the secret key; without fields there is no body. */
  call(fields?: Record<string, unknown>): Promise<Response>;
  /** Calls, waits until the work is done, and returns the answer of status 200. */
  reconcile(fields?: Record<string, unknown>): Promise<Reconciled>;
  /** Begins or ends an outage of Twilio's API. */
  outage(status: number | string | undefined): Promise<void>;
  /** The account's outbound messages to a recruit, oldest first. */
  sentTo(phone: string): Promise<TwilioMessage[]>;
}

/** What differs from the ordinary. */
export interface ReconcilerOptions {
  settings?: Record<string, string>;
  /** Multiplies the time that deliveries take. */
  pace?: number;
  /** The log that Twilio begins with. */
  logFile?: string;
}

/**
 * Runs a test as the first one whose runs ever compared; the stored cursor is as before afterwards. Tests
 * of a file share the worker of the same settings.
 */
export function withReconciler(
  use: (reconciler: Reconciler) => Promise<void>,
  { settings = {}, pace, logFile }: ReconcilerOptions = {},
): Promise<void> {
  return withSql((sql) =>
    withTwilio(
      (standIn) =>
        withFirstComparison(sql, async () => {
          await forgetDueWork(sql);
          await sql`update recruiting_messages set status_check_at = null
            where status_check_at is not null`;
          const env = await stackEnvironment(QUICK);
          const start = () => startSurroundings(env, settings);
          await withKept(`reconciler ${JSON.stringify(settings)}`, start, async (surroundings) => {
            const { worker, checkpoints, logs } = surroundings;
            checkpoints.twilio.connectTo(standIn.url);
            const call = (fields?: Record<string, unknown>) => {
              // Such a run goes on after its answer, and perhaps after the test, but not after its process.
              if (!fields?.wait) surroundings.runsInBackgroundIn = worker.pid;
              return callAsPlatform(worker, "sms-reconcile", fields);
            };
            await use({
              worker,
              sql,
              standIn,
              ...checkpoints,
              logs,
              call,
              async reconcile(fields = {}) {
                const response = await call({ wait: true, ...fields });
                const answer = await response.json();
                assertEquals([response.status, answer], [200, answer]);
                return answer;
              },
              async outage(status) {
                await fetch(`${standIn.url}/outage`, {
                  method: status ? "POST" : "DELETE",
                  headers: { "Content-Type": "application/json" },
                  body: status === undefined ? undefined : JSON.stringify({ status }),
                });
              },
              async sentTo(phone) {
                const { messages } = await get(
                  `${messagesUrl(standIn.url)}.json?${new URLSearchParams({ To: phone })}`,
                );
                return messages.filter(({ direction }: TwilioMessage) =>
                  direction === "outbound-api"
                ).reverse();
              },
            });
          });
        }),
      pace,
      logFile,
    )
  );
}

/** A worker and what is around it, but for Twilio. */
interface Surroundings extends Keepable {
  worker: EdgeFunction;
  checkpoints: Record<"database" | "twilio" | "model", Checkpoint>;
  logs: string[];
  /** The process that may still be at a run whose call has been answered. */
  runsInBackgroundIn: number | undefined;
}

function startSurroundings(
  env: Record<string, string>,
  settings: Record<string, string>,
): Surroundings {
  const checkpoints = {
    database: startCheckpoint(API_URL),
    twilio: startCheckpoint(TWILIO_URL),
    model: startCheckpoint(MODEL_URL.replace(/\/v1$/, "")),
  };
  const all = Object.values(checkpoints);
  const logs: string[] = [];
  const worker = startWorker("sms-reconcile", {
    ...env,
    SUPABASE_URL: checkpoints.database.url,
    TWILIO_API_BASE_URL: checkpoints.twilio.url,
    LLM_BASE_URL: `${checkpoints.model.url}/v1`,
    ...settings,
  }, (line) => void logs.push(line));
  return {
    worker,
    checkpoints,
    logs,
    runsInBackgroundIn: undefined,
    reset() {
      logs.length = 0;
      const areAsNew = all.map((checkpoint) => checkpoint.reset());
      const hasRuns = worker.pid !== undefined && worker.pid === this.runsInBackgroundIn;
      return !hasRuns && areAsNew.every((isAsNew) => isAsNew);
    },
    async stop() {
      await worker.stop();
      await Promise.all(all.map((checkpoint) => checkpoint.stop()));
    },
  };
}

async function withFirstComparison(sql: postgres.Sql, use: () => Promise<void>): Promise<void> {
  const [before] = await sql`select cursor, begun_at, has_more from private.log_comparison`;
  await sql`update private.log_comparison set cursor = null, begun_at = null, has_more = false`;
  try {
    await use();
  } finally {
    await sql`update private.log_comparison set ${sql(before)}`;
  }
}

/** The stored cursor as the answer tells it. */
export async function storedCursor(sql: postgres.Sql): Promise<string | null> {
  const [{ cursor }] = await sql<{ cursor: Date | null }[]>`
    select cursor from private.log_comparison`;
  return cursor && cursor.toISOString().replace(/\.000Z$/, "Z");
}

/** A time as Twilio tells it, in whole seconds. */
export function secondsAgo(seconds: number): string {
  const ms = Math.floor(Date.now() / 1000 - seconds) * 1000;
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

export const HOUR = 3600;
