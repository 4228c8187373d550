/**
 * The stack that is hurt: its functions reach Twilio and the model, and Twilio's callbacks reach the
 * functions, through proxies that can be broken. Waits that take minutes when hosted take seconds.
 *
 * @module
 */
import postgres from "postgres";
import { MODEL_NAME } from "../model/model_name.ts";
import { processTree, running, signalAll } from "../postgres/processes.ts";
import { apiUrl, databaseUrl, type Ports, twilioUrl } from "../settings/addresses.ts";
import { exampleSettings } from "../settings/environment.ts";
import type { Stack } from "../stack/stack.ts";
import { withTemporaryStack } from "../stack/temporary_stack.ts";
import { type BreakableProxy, startBreakableProxy } from "./breakable_proxy.ts";

/** What the functions' settings are; the proportions are those of the real ones. */
const QUICK = {
  TURN_WAIT_SECONDS: "0.5",
  TURN_LEASE_SECONDS: "10",
  SETTLE_AFTER_SECONDS: "12",
  SETTLE_GAP_SECONDS: "1",
  RECONCILE_LAG_SECONDS: "2",
  RECONCILE_OVERLAP_SECONDS: "120",
  STATUS_CHECK_SECONDS: "4",
};

/** How often the schedule calls sms-reconcile, in seconds. */
const RECONCILE_EVERY_SECONDS = 2;

/** A running stack, and the ways to hurt it. */
export interface ChaosStack {
  stack: Stack;
  apiUrl: string;
  twilioUrl: string;
  settings: Record<string, string>;
  /** Opens a connection as a superuser, and closes it after its use. */
  withSql<Result>(use: (sql: postgres.Sql) => Promise<Result>): Promise<Result>;
  proxies: Record<"twilio" | "model" | "callbacks", BreakableProxy>;
}

/** How the stack has stopped. */
export interface Stop {
  ms: number;
  /** The processes that it has left. */
  left: number[];
}

/**
 * Runs something against a fresh stack. When it stops, Postgres and the functions are frozen.
 *
 * @param onLog Gets each line that a function prints.
 * @returns What `use` returned.
 */
export async function withChaosStack<Result>(
  use: (stack: ChaosStack) => Promise<Result>,
  onLog: (line: string) => void,
): Promise<{ result: Result; stop: Stop }> {
  let stoppingAt = NaN;
  let pids: number[] = [];
  const proxies = {
    twilio: startBreakableProxy(),
    model: startBreakableProxy(),
    callbacks: startBreakableProxy(),
  };
  const settings = {
    ...await exampleSettings(),
    ...QUICK,
    TWILIO_API_BASE_URL: `http://127.0.0.1:${proxies.twilio.port}`,
    LLM_BASE_URL: `http://127.0.0.1:${proxies.model.port}/v1`,
    LLM_MODEL: MODEL_NAME,
    TWILIO_WEBHOOK_BASE_URL: `http://127.0.0.1:${proxies.callbacks.port}/functions/v1`,
  };
  const run = async ({ ports, stack }: { ports: Ports; stack: Stack }) => {
    proxies.twilio.connectTo(ports.twilio);
    proxies.model.connectTo(ports.model);
    proxies.callbacks.connectTo(ports.api);
    const url = databaseUrl(ports, "supabase_admin");
    const withSql = async <Value>(query: (sql: postgres.Sql) => Promise<Value>) => {
      const sql = postgres(url, { max: 1, onnotice: () => {} });
      try {
        return await query(sql);
      } finally {
        await sql.end({ timeout: 1 });
      }
    };
    try {
      const addresses = { apiUrl: apiUrl(ports), twilioUrl: twilioUrl(ports) };
      return await use({ stack, settings, withSql, proxies, ...addresses });
    } finally {
      pids = (await processTree(Deno.pid)).slice(1);
      stoppingAt = performance.now();
      signalAll([...await stack.postgresPids(), ...stack.workerPids().values()], "SIGSTOP");
    }
  };
  try {
    const result = await withTemporaryStack(run, onLog, settings, {
      reconcileEverySeconds: RECONCILE_EVERY_SECONDS,
      twilioPace: 1,
    });
    return { result, stop: { ms: performance.now() - stoppingAt, left: await running(pids) } };
  } finally {
    for (const proxy of Object.values(proxies)) proxy.stop();
  }
}
