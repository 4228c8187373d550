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
import { lazyReconciler, startSchedule } from "./schedule.ts";
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
    assert(message.length > 10);
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

/** Runs sms-send in a worker of its own, that reaches the database and Twilio through checkpoints. */
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
  const database = startCheckpoint(API_URL);
  const twilio = startCheckpoint(TWILIO_URL);
  const env = await stackEnvironment({
    SUPABASE_URL: database.url,
    TWILIO_API_BASE_URL: twilio.url,
    ...settings,
  });
  const logs: string[] = [];
  const worker = startWorker("sms-send", env, (line) => void logs.push(line));
  const reconciler = lazyReconciler(env, () => {});
  const schedule = startSchedule(reconciler);
  try {
    await worker.ready();
    await use(
      async (token, input) => {
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
      },
      database,
      twilio,
      { worker, logs },
    );
  } finally {
    await schedule.stop();
    await reconciler.stop();
    await worker.stop();
    await Promise.all([database, twilio].map((checkpoint) => checkpoint.stop()));
  }
}
