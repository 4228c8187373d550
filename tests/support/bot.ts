/**
 * A worker of sms-inbound with a bot in it, between checkpoints: it reaches the running stack's
 * database, its stand-in for Twilio and its stand-in for the model only through them.
 *
 * @module
 */
import type postgres from "postgres";
import type { EdgeFunction } from "../../local/functions/edge_function.ts";
import { stackEnvironment, startWorker } from "./function_worker.ts";
import { type Checkpoint, startCheckpoint } from "./checkpoint.ts";
import { assertEquals } from "./assert.ts";
import { type Keepable, withKept } from "./kept.ts";
import {
  FIRST_CALL_MS,
  type LazyReconciler,
  lazyReconciler,
  type Schedule,
  startSchedule,
} from "./schedule.ts";
import { API_URL, MODEL_URL, TWILIO_URL, withSql } from "./stack.ts";
import { ACCOUNT_SID, AUTH_TOKEN, type Form, inboundForm, signedRequest } from "./twilio.ts";

/** How fast the bot is in tests; the proportions are those of the real settings. */
const QUICK = {
  TURN_WAIT_SECONDS: "0.1",
  TURN_LEASE_SECONDS: "60",
  SETTLE_AFTER_SECONDS: "60",
  SETTLE_GAP_SECONDS: "0.2",
};

/** Whom a text is from and to. */
export interface Parties {
  channel?: string;
  recruit_phone: string;
  twilio_phone: string;
}

/** A bot under test. */
export interface TestBot {
  worker: EdgeFunction;
  database: Checkpoint;
  model: Checkpoint;
  twilio: Checkpoint;
  logs: string[];
  schedule: Schedule;
  /** Texts as the recruit, and returns the answer's status word. */
  text(parties: Parties, body: string, fields?: Form): Promise<string>;
  /** The prompts that the model has got, as lists of messages. */
  prompts(): { role: string; content: string }[][];
}

/** A bot's worker and what is around it. */
interface Surroundings extends Keepable {
  worker: EdgeFunction;
  reconciler: LazyReconciler;
  checkpoints: Record<"database" | "model" | "twilio", Checkpoint>;
  logs: string[];
}

/** Only where a lease or a send ends soon does a test wait for a schedule. */
function firstCallMs(settings: Record<string, string>): number {
  const endsSoon = "TURN_LEASE_SECONDS" in settings || "SETTLE_AFTER_SECONDS" in settings;
  return endsSoon ? FIRST_CALL_MS.SOON : FIRST_CALL_MS.LATE;
}

/** Runs a test with a bot. Tests of a file share the worker of the same settings. */
export async function withBot(
  settings: Record<string, string>,
  use: (bot: TestBot) => Promise<void>,
): Promise<void> {
  await withSql(forgetDueWork);
  const env = await stackEnvironment({ ...QUICK });
  const start = () => startSurroundings(env, settings);
  await withKept(`bot ${JSON.stringify(settings)}`, start, async (surroundings) => {
    const { worker, reconciler, checkpoints, logs } = surroundings;
    const { database, model, twilio } = checkpoints;
    const schedule = startSchedule(reconciler, firstCallMs(settings));
    try {
      await use({
        worker,
        database,
        model,
        twilio,
        logs,
        schedule,
        text: (parties, body, fields) => text(worker, parties, body, fields),
        prompts: () =>
          model.seen.filter(({ path }) => path.endsWith("/chat/completions"))
            .map(({ body }) => JSON.parse(body).messages),
      });
    } finally {
      await schedule.stop();
    }
  });
}

function startSurroundings(
  env: Record<string, string>,
  settings: Record<string, string>,
): Surroundings {
  const checkpoints = {
    database: startCheckpoint(API_URL),
    model: startCheckpoint(MODEL_URL.replace(/\/v1$/, "")),
    twilio: startCheckpoint(TWILIO_URL),
  };
  const all = Object.values(checkpoints);
  const logs: string[] = [];
  const onLog = (line: string) => void logs.push(line);
  const environment = {
    ...env,
    SUPABASE_URL: checkpoints.database.url,
    TWILIO_API_BASE_URL: checkpoints.twilio.url,
    LLM_BASE_URL: `${checkpoints.model.url}/v1`,
    ...settings,
  };
  const worker = startWorker("sms-inbound", environment, onLog);
  const reconciler = lazyReconciler(environment, onLog);
  return {
    worker,
    reconciler,
    checkpoints,
    logs,
    reset() {
      logs.length = 0;
      return all.map((checkpoint) => checkpoint.reset()).every((isAsNew) => isAsNew);
    },
    async stop() {
      await reconciler.stop();
      await worker.stop();
      await Promise.all(all.map((checkpoint) => checkpoint.stop()));
    },
  };
}

/** Other tests have left due work, which no bot of this test must claim. */
export async function forgetDueWork(sql: postgres.Sql): Promise<void> {
  await sql`update recruiting_conversations
    set reply_due_at = null, reply_pending_seq = null, reply_pending_since = null
    where reply_due_at is not null`;
  await sql`update recruiting_messages set confirm_due_at = null, status_check_at = null
    where confirm_due_at is not null or status_check_at is not null`;
  await sql`update recruiting_messages set media_due_at = null where media_due_at is not null`;
  await sql`delete from private.deletions`;
}

async function text(
  worker: EdgeFunction,
  { channel = "sms", recruit_phone, twilio_phone }: Parties,
  body: string,
  fields: Form = {},
): Promise<string> {
  const prefix = channel === "sms" ? "" : `${channel}:`;
  const form = inboundForm({
    From: prefix + recruit_phone,
    To: prefix + twilio_phone,
    Body: body,
    ...fields,
  });
  await worker.ready();
  const response = await worker.fetch(signedRequest("sms-inbound", form), "/sms-inbound");
  assertEquals(response.status, 200);
  return (await response.json()).status;
}

/** A message in Twilio's log. */
export interface TwilioMessage {
  sid: string;
  from: string | null;
  to: string;
  body: string;
  status: string;
  direction: string;
}

/** What Twilio has been asked to send to a recruit, oldest first. */
export async function sentTo(phone: string): Promise<TwilioMessage[]> {
  const url = new URL(`${TWILIO_URL}/2010-04-01/Accounts/${ACCOUNT_SID}/Messages.json`);
  url.searchParams.set("To", phone);
  const response = await fetch(url, {
    headers: { Authorization: `Basic ${btoa(`${ACCOUNT_SID}:${AUTH_TOKEN}`)}` },
  });
  const { messages }: { messages: TwilioMessage[] } = await response.json();
  return messages.filter(({ direction }) => direction === "outbound-api").reverse();
}
