/**
 * The bot's turn: claim it, ask the model, and send one reply to everything that was said, or hand
 * the conversation off to a person.
 *
 * The database judges every step: only the worker with the lease may begin a send, and a change of the
 * conversation revokes the lease. So a worker may be killed, frozen or overtaken anywhere here, and
 * another one can take the turn.
 *
 * @module
 */
import { z } from "zod/v3";
import { type CallDatabase, databaseDeadline, logDatabaseFailure } from "../database/database.ts";
import type { Log } from "../log/log.ts";
import { deliver, type Delivery } from "../outbox/deliver.ts";
import { beginTimes, type Outbox, Parties } from "../outbox/outbox.ts";
import { wait } from "../worker/wait.ts";
import { logWarnings, Warnings } from "../database/warnings.ts";
import type { BotConfiguration } from "./bot_configuration.ts";
import type { Action } from "./model.ts";
import { buildPrompt } from "./prompt.ts";
import { composeReply, limitOf } from "./reply.ts";

/** What a turn works with. */
export interface Bot {
  configuration: BotConfiguration;
  callDatabase: CallDatabase;
  log: Log;
  /** Nothing if messages cannot be sent. */
  outbox: Outbox | undefined;
}

const ClaimedTurn = z.object({
  seen_seq: z.number(),
  recruit_name: z.string().nullable(),
  sender_name: z.string().nullable(),
  bot_instructions: z.string().nullable(),
  is_first_reply: z.boolean(),
  escalate_because: z.string().nullable(),
  history: z.array(z.object({
    sender_type: z.enum(["recruit", "bot", "agent"]),
    body: z.string(),
    content_types: z.array(z.string().nullable()),
    metadata: z.record(z.unknown()).nullable(),
  })).nullable(),
});

/** What `recruiting_claim_turn` returns: at most one row. */
const ClaimedTurns = z.array(ClaimedTurn).max(1);

/** What `recruiting_begin_reply` returns: one row. */
const BegunReplies = z.tuple([z.discriminatedUnion("outcome", [
  Parties.extend({ outcome: z.literal("begun"), begun_at: z.string() }),
  z.object({ outcome: z.enum(["lost", "newer", "outside_window"]) }),
])]);

/** What `recruiting_escalate_turn` returns: one row, with a text if one is to be sent. */
const EscalatedTurns = z.tuple([z.intersection(
  Warnings.extend({ outcome: z.enum(["escalated", "lost"]) }),
  z.union([
    Parties.extend({ body: z.string(), begun_at: z.string() }),
    z.object({ begun_at: z.null() }),
  ]),
)]);

/** How many turns of a conversation one worker takes before it leaves the next to another. */
const MAX_TURNS = 3;

/** How often a newer text makes the model think again. */
const MAX_RESTARTS = 2;

/** No call of the model runs past this moment of the turn, in ms. */
const MODEL_DEADLINE_MS = 35_000;

/** After this moment of the turn a newer text does not restart it: a call of the model must fit, in ms. */
const RESTART_DEADLINE_MS = 20_000;

/** A bot that knows nothing of the job would invent it, or talk without saying anything. */
const NO_BOT_INSTRUCTIONS = "The number has no bot_instructions in recruiting_senders";

/** What came of a turn. */
export type TurnOutcome =
  | {
    /** It ended in a reply or a hand-off. */
    kind: "answered";
    /** The time until the conversation's next turn is due, in ms; null if the database named none. */
    nextDueInMs: number | null;
  }
  /** The turn is another worker's, or due later, or its outcome is not known: due work comes back to it. */
  | { kind: "left" };

const LEFT: TurnOutcome = { kind: "left" };

/**
 * Takes the turns of a conversation whose text this worker has just taken in.
 *
 * @param dueInMs The time until the first turn is due, in ms: the burst wait.
 */
export async function takeTurns(conversationId: string, dueInMs: number, bot: Bot): Promise<void> {
  let due: number | null = dueInMs;
  for (let turns = 0; due !== null && turns < MAX_TURNS; turns++) {
    await wait(due);
    const turn = await takeTurn(conversationId, bot);
    due = turn.kind === "answered" ? turn.nextDueInMs : null;
  }
}

/**
 * Takes one turn.
 *
 * @param token Names the turn's lease; one that the caller has claimed, or a new one.
 */
export async function takeTurn(
  conversationId: string,
  bot: Bot,
  token: string = crypto.randomUUID(),
): Promise<TurnOutcome> {
  const { configuration, callDatabase, log, outbox } = bot;
  const startedAt = performance.now();
  const lease = { conversation_id: conversationId, turn_token: token };
  const claim = async () => {
    const result = await callDatabase(
      "recruiting_claim_turn",
      { ...lease, lease_seconds: configuration.turnLeaseSeconds },
      ClaimedTurns,
      databaseDeadline(),
    );
    if (result.ok) return result.data.at(0);
    logDatabaseFailure(log, result.failure, { conversation_id: conversationId });
  };

  let turn = await claim();
  for (let restarts = 0; turn; restarts++) {
    const decision = await decide(turn, startedAt, conversationId, bot);
    if (decision.action === "escalate" || !outbox) {
      const reason = "reason" in decision ? decision.reason : "";
      return await escalate(lease, reason, bot);
    }
    await outbox.twilio();
    const askedAt = performance.now();
    const messageId = crypto.randomUUID();
    const result = await callDatabase(
      "recruiting_begin_reply",
      {
        ...lease,
        message_id: messageId,
        body: decision.body,
        seen_seq: turn.seen_seq,
        may_restart: restarts < MAX_RESTARTS && askedAt - startedAt < RESTART_DEADLINE_MS,
        ...beginTimes(outbox.configuration),
      },
      BegunReplies,
      databaseDeadline(),
    );
    if (!result.ok) {
      logDatabaseFailure(log, result.failure, { conversation_id: conversationId });
      return LEFT;
    }
    const [begun] = result.data;
    if (begun.outcome === "begun") {
      const delivery = await deliver({
        messageId,
        begunAt: begun.begun_at,
        askedAt,
        conversationId,
        parties: begun,
        body: decision.body,
        mediaUrls: [],
      }, outbox);
      return answeredBy(delivery);
    }
    if (begun.outcome === "outside_window") {
      return await escalate(lease, "Outside WhatsApp's 24-hour window", bot);
    }
    log("info", "reply_dropped", { conversation_id: conversationId, reason: begun.outcome });
    if (begun.outcome !== "newer") return LEFT;
    turn = await claim();
  }
  return LEFT;
}

/** An unconfirmed send holds the next turn back: it becomes due when the send is confirmed. */
function answeredBy(delivery: Delivery): TurnOutcome {
  return {
    kind: "answered",
    nextDueInMs: delivery.kind === "unconfirmed" ? null : delivery.replyDueInMs,
  };
}

/** What to do about the texts that a turn has seen. */
async function decide(
  turn: z.infer<typeof ClaimedTurn>,
  startedAt: number,
  conversationId: string,
  { configuration, outbox, log }: Bot,
): Promise<Action> {
  if (turn.escalate_because) return { action: "escalate", reason: turn.escalate_because };
  if (!turn.bot_instructions?.trim()) {
    log("warn", "no_bot_instructions", { conversation_id: conversationId });
    return { action: "escalate", reason: NO_BOT_INSTRUCTIONS };
  }
  if (!outbox) return { action: "escalate", reason: "Sending is not configured" };
  if (!configuration.model) {
    return { action: "escalate", reason: "No language model is configured" };
  }
  const introduction = { isFirstReply: turn.is_first_reply, senderName: turn.sender_name };
  // Twilio's SDK loads while the model thinks.
  const loaded = await Promise.all([import("./model.ts"), outbox.twilio()]).catch((error) => {
    log("error", "not_loaded", { conversation_id: conversationId, reason: error.name });
  });
  if (!loaded) return { action: "escalate", reason: "The bot could not be loaded" };
  const [{ askModel }] = loaded;
  const action = await askModel(configuration.model, {
    prompt: buildPrompt({
      recruitName: turn.recruit_name,
      senderName: turn.sender_name,
      botInstructions: turn.bot_instructions,
      limit: limitOf(introduction),
      history: turn.history ?? [],
    }),
    compose: (text) => composeReply(text, introduction),
    deadline: startedAt + MODEL_DEADLINE_MS,
    conversationId,
  }, log);
  return action ??
    { action: "escalate", reason: "The language model gave no answer that can be used" };
}

/** Ends the turn with a person, and says so to the recruit where the sender has words for it. */
async function escalate(
  lease: { conversation_id: string; turn_token: string },
  reason: string,
  { callDatabase, log, outbox }: Bot,
): Promise<TurnOutcome> {
  const fields = { conversation_id: lease.conversation_id };
  const canSend = await outbox?.twilio().then(() => true, () => false) ?? false;
  const askedAt = performance.now();
  const messageId = crypto.randomUUID();
  const result = await callDatabase(
    "recruiting_escalate_turn",
    {
      ...lease,
      message_id: messageId,
      reason,
      with_handover: canSend,
      ...(outbox && beginTimes(outbox.configuration)),
    },
    EscalatedTurns,
    databaseDeadline(),
  );
  if (!result.ok) {
    logDatabaseFailure(log, result.failure, fields);
    return LEFT;
  }
  const [escalated] = result.data;
  const { outcome } = escalated;
  logWarnings(log, escalated, fields);
  log("info", outcome === "escalated" ? "escalated" : "escalation_dropped", fields);
  if (outcome === "lost") return LEFT;
  if (escalated.begun_at === null || !outbox) return { kind: "answered", nextDueInMs: null };
  return answeredBy(
    await deliver({
      messageId,
      begunAt: escalated.begun_at,
      askedAt,
      conversationId: lease.conversation_id,
      parties: escalated,
      body: escalated.body,
      mediaUrls: [],
    }, outbox),
  );
}
