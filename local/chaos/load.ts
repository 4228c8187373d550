/**
 * Performs the load: the actions of recruits, of agents and of Twilio.
 *
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "@supabase/supabase-js";
import type {
  Database,
  TablesUpdate,
} from "../../supabase/functions/_shared/database/database.types.ts";
import { SECRET_KEY } from "../settings/keys.ts";
import { accountOf } from "../stand_ins/twilio/account.ts";
import { newSid } from "../stand_ins/twilio/message_log.ts";
import { postToWebhook } from "../stand_ins/twilio/webhook.ts";
import { statusForm } from "../stand_ins/twilio/webhook_forms.ts";
import type { Agent } from "./agents.ts";
import type { ChaosStack } from "./chaos_stack.ts";
import type { Evidence } from "./evidence.ts";
import { readTwilioLog } from "./evidence.ts";
import { fetchWithin } from "./fetch_within.ts";
import type { LoadAction, Update } from "./fault_plan.ts";
import { OUR_NUMBER, RECRUITS, WITHOUT_CONVERSATION } from "./recruits.ts";

/** The state that the actions share. */
export interface Actors {
  stack: ChaosStack;
  agents: Agent[];
  /** Each recruit's conversation id, by the recruit's number in the plan. */
  conversations: Map<number, string>;
  /** The texts so far that were posted to the webhook. */
  texts: { from: string; body: string; message_sid: string }[];
}

/** The number of attempts of a call that gets no answer or a 5xx. */
const MAX_ATTEMPTS = 5;

/** The pause before a retry, in ms. */
const RETRY_AFTER_MS = 1_000;

/** Begins the conversations that exist before the plan starts. */
export async function beginConversations(actors: Actors): Promise<void> {
  for (let recruit = WITHOUT_CONVERSATION; recruit < RECRUITS.length; recruit++) {
    await beginConversation(actors, recruit);
  }
}

/**
 * Performs one action.
 *
 * @returns The outcome in a few words.
 */
export function perform(action: LoadAction, actors: Actors): Promise<string> {
  switch (action.kind) {
    case "texts":
      return textAll(actors, action.recruit, action.bodies);
    case "lost text":
      return text(actors, newText(action.recruit, action.body), true);
    case "keyword":
      return text(actors, newText(action.recruit, action.body), action.isLost);
    case "repeat text":
      return repeatText(actors, action.which);
    case "repeat callback":
      return repeatCallback(actors, action.which, action.status);
    case "begin conversation":
      return beginConversation(actors, action.recruit);
    case "agent message":
      return sendAsAgent(actors, action.agent, action.recruit, action.body);
    case "agent update":
      return update(actors, action.agent, action.recruit, action.update);
  }
}

/** Sends the texts concurrently, so that their order is undefined. */
async function textAll(actors: Actors, recruit: number, bodies: string[]): Promise<string> {
  const answers = bodies.map((body) => text(actors, newText(recruit, body)));
  return (await Promise.all(answers)).join(", ");
}

async function repeatText(actors: Actors, which: number): Promise<string> {
  return actors.texts.length === 0 ? "none" : await text(actors, at(actors.texts, which));
}

function newText(recruit: number, body: string): Actors["texts"][number] {
  return { from: RECRUITS[recruit], body, message_sid: newSid("SM") };
}

async function text(
  { stack, texts }: Actors,
  sent: Actors["texts"][number],
  is_lost = false,
): Promise<string> {
  if (!is_lost && !texts.includes(sent)) texts.push(sent);
  const response = await fetchWithin(`${stack.twilioUrl}/phone/texts`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...sent, to: OUR_NUMBER, is_lost }),
  });
  const { status, body, message } = await response.json();
  return `${sent.message_sid} ${status ?? response.status} ${body ?? message ?? ""}`.trim();
}

/** Posts a status callback of a delivered message once more. */
async function repeatCallback({ stack }: Actors, which: number, status: string): Promise<string> {
  const log: Evidence["twilio"] = await readTwilioLog(stack.twilioUrl, stack.settings);
  // A delivered message has had every status of the plan, so no callback is false.
  const delivered = log.filter((message) =>
    message.direction === "outbound-api" && message.status === "delivered"
  );
  if (delivered.length === 0) return "none";
  const { sid, from, to } = at(delivered, which);
  const { accountSid, signingToken } = accountOf(stack.settings);
  const answer = await postToWebhook({
    url: `${stack.apiUrl}/functions/v1/sms-status`,
    token: signingToken,
    form: statusForm({ messageSid: sid, status, from, to }, accountSid),
    idempotencyToken: crypto.randomUUID(),
  });
  return `${sid} ${answer.status} ${answer.body}`;
}

async function beginConversation(actors: Actors, recruit: number): Promise<string> {
  const platform = createClient<Database>(actors.stack.apiUrl, SECRET_KEY, {
    auth: { persistSession: false, autoRefreshToken: false },
    global: { fetch: fetchWithin },
  });
  for (let tries = 1; tries <= MAX_ATTEMPTS; tries++) {
    const { data } = await platform.rpc("recruiting_start_conversation", {
      channel: "sms",
      recruit_phone: RECRUITS[recruit],
      twilio_phone: OUR_NUMBER,
    });
    if (data) {
      actors.conversations.set(recruit, data);
      return data;
    }
    await pause(RETRY_AFTER_MS);
  }
  return "no answer";
}

async function sendAsAgent(
  { agents, conversations }: Actors,
  agent: number,
  recruit: number,
  body: string,
): Promise<string> {
  const conversation_id = conversations.get(recruit);
  if (!conversation_id) return "no conversation";
  const message = { conversation_id, body, idempotency_key: body };
  const answers: number[] = [];
  do {
    if (answers.length > 0) await pause(RETRY_AFTER_MS);
    const { response } = await agents[agent].client.functions.invoke("sms-send", { body: message });
    await response?.body?.cancel().catch(() => {});
    answers.unshift(response?.status ?? 0);
  } while ((answers[0] === 0 || answers[0] >= 500) && answers.length < MAX_ATTEMPTS);
  return answers.join(" after ");
}

async function update(
  { agents, conversations }: Actors,
  agent: number,
  recruit: number,
  kind: Update,
): Promise<string> {
  const conversation_id = conversations.get(recruit);
  if (!conversation_id) return "no conversation";
  const { client, id } = agents[agent];
  const { data, error } = await client.from("recruiting_conversations")
    .update(fieldsOf(kind, id)).eq("id", conversation_id).select("id");
  return error ? `error ${error.code}` : data.length > 0 ? "done" : "not theirs";
}

function fieldsOf(kind: Update, agentId: string): TablesUpdate<"recruiting_conversations"> {
  switch (kind) {
    case "take":
      return { status: "escalated", assigned_agent_id: agentId };
    case "release":
      return { assigned_agent_id: null };
    case "hand back":
      return { status: "bot", assigned_agent_id: null };
    case "close":
      return { status: "closed" };
    case "reopen":
      return { status: "bot" };
  }
}

function at<Value>(values: Value[], which: number): Value {
  return values[Math.floor(which * values.length)];
}
