/**
 * Calls of sms-send, by agents and by the platform.
 *
 * @module
 */
import { FunctionsHttpError, type SupabaseClient } from "@supabase/supabase-js";
import type { EdgeFunction } from "../../local/functions/edge_function.ts";
import { SECRET_KEY } from "../../local/settings/keys.ts";
import { assert } from "./assert.ts";
import { type Checkpoint, startCheckpoint } from "./checkpoint.ts";
import { startConversation } from "./conversations.ts";
import { stackEnvironment, startWorker } from "./function_worker.ts";
import { type Keepable, withKept } from "./kept.ts";
import { type LazyReconciler, lazyReconciler, startSchedule } from "./schedule.ts";
import { API_URL, asNewAgent, TWILIO_URL } from "./stack.ts";

/** The body of a call. */
export type Input = Record<string, unknown>;

/** Short, so that an unconfirmed send is compared with the log of Twilio soon. */
export const QUICK = { SETTLE_AFTER_SECONDS: "2.4", SETTLE_GAP_SECONDS: "0.5" };

/** What a caller gets: the HTTP status, and the message or the error's code. */
export interface Answer {
  status: number;
  message_id?: string;
  message_status?: string;
  code?: string;
  /** The words of a refusal; only of a worker's own. */
  message?: string;
}

/** Calls the function the way a front end does. */
export async function invoke(client: SupabaseClient, input: Input): Promise<Answer> {
  const { data, error, response } = await client.functions.invoke("sms-send", {
    body: { idempotency_key: crypto.randomUUID(), ...input },
  });
  if (error instanceof FunctionsHttpError) {
    const { error: { code, message } } = await error.context.json();
    assert(message.length > 10, `The error's message is ${message}`);
    return { status: error.context.status, code };
  }
  if (error) throw error;
  return {
    status: response?.status ?? 0,
    message_id: data.message_id,
    message_status: data.status,
  };
}

/** A conversation that an agent has. */
export async function withAgent(
  use: (
    agent: Awaited<ReturnType<typeof asNewAgent>>,
    conversation: Awaited<ReturnType<typeof startConversation>>,
  ) => Promise<void>,
  fields: Parameters<typeof startConversation>[0] = { status: "escalated" },
) {
  const agent = await asNewAgent();
  await use(agent, await startConversation({ assigned_agent_id: agent.id, ...fields }));
}

/** A worker of sms-send and what is around it. */
interface Surroundings extends Keepable {
  worker: EdgeFunction;
  reconciler: LazyReconciler;
  database: Checkpoint;
  twilio: Checkpoint;
  logs: string[];
}

/**
 * Runs sms-send in a worker that reaches the database and Twilio through checkpoints. Tests of a file share
 * the worker of the same settings. The schedule runs where sends are soon unconfirmed: with
 * `SETTLE_AFTER_SECONDS`.
 */
export async function withWorker(
  settings: Record<string, string>,
  use: (
    /** Calls with a user's token or the secret key. */
    call: (token: string, input: Input) => Promise<Answer>,
    database: Checkpoint,
    twilio: Checkpoint,
    tools: { worker: EdgeFunction; logs: string[] },
  ) => Promise<void>,
) {
  const env = await stackEnvironment();
  const start = () => startSurroundings(env, settings);
  await withKept(`sms-send ${JSON.stringify(settings)}`, start, async (surroundings) => {
    const { worker, reconciler, database, twilio, logs } = surroundings;
    const schedule = "SETTLE_AFTER_SECONDS" in settings ? startSchedule(reconciler) : undefined;
    try {
      await worker.ready();
      await use(
        (token, input) => callWorker(worker, token, input),
        database,
        twilio,
        { worker, logs },
      );
    } finally {
      await schedule?.stop();
    }
  });
}

async function callWorker(worker: EdgeFunction, token: string, input: Input): Promise<Answer> {
  const request = new Request("http://localhost/sms-send", {
    method: "POST",
    headers: token === SECRET_KEY ? { apikey: token } : { Authorization: `Bearer ${token}` },
    body: JSON.stringify({ idempotency_key: crypto.randomUUID(), ...input }),
  });
  const response = await worker.fetch(request, "/sms-send");
  const { error, message_id, status } = await response.json();
  return {
    status: response.status,
    code: error?.code,
    message: error?.message,
    message_id,
    message_status: status,
  };
}

function startSurroundings(
  env: Record<string, string>,
  settings: Record<string, string>,
): Surroundings {
  const database = startCheckpoint(API_URL);
  const twilio = startCheckpoint(TWILIO_URL);
  const logs: string[] = [];
  const environment = {
    ...env,
    SUPABASE_URL: database.url,
    TWILIO_API_BASE_URL: twilio.url,
    ...settings,
  };
  const worker = startWorker("sms-send", environment, (line) => void logs.push(line));
  const reconciler = lazyReconciler(environment, () => {});
  return {
    worker,
    reconciler,
    database,
    twilio,
    logs,
    reset() {
      logs.length = 0;
      return [database, twilio].map((checkpoint) => checkpoint.reset()).every((isAsNew) => isAsNew);
    },
    async stop() {
      await reconciler.stop();
      await worker.stop();
      await Promise.all([database, twilio].map((checkpoint) => checkpoint.stop()));
    },
  };
}
