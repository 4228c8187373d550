/**
 * A temporary stack for fault injection. Its functions reach Twilio and the model, and Twilio's
 * callbacks reach the functions, through breakable proxies.
 *
 * @module
 */
import type postgres from "postgres";
import { MODEL_NAME } from "../stand_ins/model/model_name.ts";
import { processTree, running, signalAll } from "../postgres/processes.ts";
import { withSql } from "../postgres/with_sql.ts";
import { apiUrl, databaseUrl, type Ports, twilioUrl } from "../settings/addresses.ts";
import { exampleSettings } from "../settings/environment.ts";
import type { Stack } from "../stack/stack.ts";
import { withTemporaryStack } from "../stack/temporary_stack.ts";
import { type BreakableProxy, startBreakableProxy } from "./breakable_proxy.ts";

/** The functions' settings: seconds where a hosted project has minutes, in the same proportions. */
const QUICK = {
  TURN_WAIT_SECONDS: "0.5",
  TURN_LEASE_SECONDS: "10",
  SETTLE_AFTER_SECONDS: "12",
  SETTLE_GAP_SECONDS: "1",
  RECONCILE_LAG_SECONDS: "2",
  RECONCILE_OVERLAP_SECONDS: "120",
  STATUS_CHECK_SECONDS: "4",
};

/** The interval of the schedule that calls sms-reconcile, in seconds. */
const RECONCILE_EVERY_SECONDS = 2;

/** A running stack, and the means to break it. */
export interface ChaosStack {
  stack: Stack;
  apiUrl: string;
  twilioUrl: string;
  settings: Record<string, string>;
  /** Runs something with a superuser's connection, and closes it afterwards. */
  withSql<Result>(use: (sql: postgres.Sql) => Promise<Result>): Promise<Result>;
  proxies: Record<"twilio" | "model" | "callbacks", BreakableProxy>;
}

/** How the stack stopped. */
export interface Stop {
  /** How long stopping took, in ms. */
  ms: number;
  /** The ids of processes that still run. */
  remainingPids: number[];
}

/**
 * Runs something against a new stack, then freezes Postgres and the functions, and stops the stack.
 *
 * @param onLog Receives each line that a function prints.
 * @returns The result of `use`, and how the stack stopped.
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
    try {
      const addresses = { apiUrl: apiUrl(ports), twilioUrl: twilioUrl(ports) };
      return await use({
        stack,
        settings,
        withSql: (query) => withSql(databaseUrl(ports, "supabase_admin"), query),
        proxies,
        ...addresses,
      });
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
    return {
      result,
      stop: { ms: performance.now() - stoppingAt, remainingPids: await running(pids) },
    };
  } finally {
    for (const proxy of Object.values(proxies)) proxy.stop();
  }
}
