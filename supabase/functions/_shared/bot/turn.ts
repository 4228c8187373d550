/**
 * The bot's turn: claim it, ask the model, and send one reply to everything that was said, or bring
 * a person in.
 *
 * The database is the judge of every step: whoever has the lease may begin a send, and a change of
 * the conversation takes the lease away. So a worker may be killed, frozen or overtaken anywhere
 * here, and another one can take the turn.
 *
 * @module
 */
import { z } from "zod/v3";
import { type CallDatabase, databaseDeadline, logDatabaseFailure } from "../database.ts";
import type { Log } from "../log.ts";
import { BegunSends, Parties, send, type Sender } from "../send/send.ts";
import { settleLater, stayWith } from "../send/settle.ts";
import { wait } from "../wait.ts";
import type { BotConfiguration } from "./bot_configuration.ts";
import type { Action } from "./model.ts";
import { buildPrompt } from "./prompt.ts";
import { composeReply } from "./reply.ts";

/** What a turn works with. */
export interface Bot {
  configuration: BotConfiguration;
  callDatabase: CallDatabase;
  log: Log;
  /** Nothing if messages cannot be sent. */
  sender: Sender | undefined;
}

const ClaimedTurn = z.object({
  is_held_up: z.literal(false),
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
  })).nullable(),
});

/** What `recruiting_claim_turn` returns: at most one row. */
const ClaimedTurns = z.array(z.discriminatedUnion("is_held_up", [
  ClaimedTurn,
  z.object({ is_held_up: z.literal(true) }),
])).max(1);

/** What `recruiting_escalate_turn` returns: one row, with a text if one is to be sent. */
const EscalatedTurns = z.tuple([z.intersection(
  z.object({ outcome: z.enum(["escalated", "lost"]), broadcast_missed: z.boolean().nullable() }),
  z.union([
    Parties.extend({ body: z.string(), begun_at: z.string() }),
    z.object({ begun_at: z.null() }),
  ]),
)]);

/** How many turns of a conversation one worker takes before it leaves the next to another. */
const MAX_TURNS = 3;

/** How long to wait for a send that holds the turn up, in ms; doubled each time. */
const FIRST_LOOK_AFTER_MS = 500;

/** After so many looks the send is somebody's who is gone: four minutes, in which it is settled if anybody lives. */
const MAX_LOOKS = 9;

/** How often a claim is asked for: asked for again when its answer was lost, it is the same turn. */
const MAX_CLAIMS = 3;

/** How long before it is asked for again, in ms. */
const CLAIM_AGAIN_AFTER_MS = 1_000;

/** A claim that waits for a lock may still be granted so long after it was given up, in ms. */
const LATEST_CLAIM_MS = 10_000;

/** How often a newer text makes the model think again. */
const MAX_RESTARTS = 2;

/** No call of the model runs past this moment of the turn, in ms. */
const MODEL_DEADLINE_MS = 35_000;

/** After this moment of the turn the model is not asked anew for a newer text: a call must fit, in ms. */
const RESTART_DEADLINE_MS = 20_000;

/**
 * Takes the turns of a conversation, as long as there is a reply owed.
 *
 * @param dueInMs In how many ms the first one is due.
 */
export async function takeTurns(conversationId: string, dueInMs: number, bot: Bot): Promise<void> {
  let due: number | null = dueInMs;
  let looks = 0;
  for (let turns = 0; due !== null && turns < MAX_TURNS; turns++) {
    await wait(due);
    let next = await takeTurn(conversationId, bot);
    while (next === "held_up" && looks < MAX_LOOKS) {
      await wait(FIRST_LOOK_AFTER_MS * 2 ** looks++);
      next = await takeTurn(conversationId, bot);
    }
    due = next === "held_up" ? null : next;
  }
}

/**
 * Takes one turn.
 *
 * @returns In how many ms the next one is due; null if none is, or somebody else is at it; `held_up`
 *   while a send of the conversation, such as the platform's own, is not settled. A database that
 *   gives no answer may have done what it was asked to, and then nobody gets the turn before the
 *   lease ends: so it is tried again after that.
 */
async function takeTurn(conversationId: string, bot: Bot): Promise<number | "held_up" | null> {
  const { configuration, callDatabase, log, sender } = bot;
  const startedAt = performance.now();
  const whenLeaseEnds = () => {
    const endsAt = startedAt + configuration.turnLeaseSeconds * 1000 + LATEST_CLAIM_MS;
    return Math.max(0, endsAt - performance.now());
  };
  const lease = { conversation_id: conversationId, turn_token: crypto.randomUUID() };
  const claim = async () => {
    for (let tries = 1; tries <= MAX_CLAIMS; tries++) {
      if (tries > 1) await wait(CLAIM_AGAIN_AFTER_MS);
      const result = await callDatabase(
        "recruiting_claim_turn",
        {
          ...lease,
          lease_seconds: configuration.turnLeaseSeconds,
        },
        ClaimedTurns,
        databaseDeadline(),
      );
      if (result.ok) return result.data.at(0);
      logDatabaseFailure(log, result.failure, { conversation_id: conversationId });
    }
    return "unknown" as const;
  };

  let turn = await claim();
  for (let restarts = 0; turn; restarts++) {
    if (turn === "unknown") return whenLeaseEnds();
    if (turn.is_held_up) return "held_up";
    const decision = await decide(turn, startedAt, conversationId, bot);
    if (decision.action === "escalate" || !sender) {
      const reason = "reason" in decision ? decision.reason : "";
      return await escalate(lease, reason, whenLeaseEnds, bot);
    }
    await sender.twilio();
    const askedAt = performance.now();
    const messageId = crypto.randomUUID();
    const result = await callDatabase(
      "recruiting_begin_send",
      {
        ...lease,
        message_id: messageId,
        body: decision.body,
        seen_seq: turn.seen_seq,
        may_restart: restarts < MAX_RESTARTS && askedAt - startedAt < RESTART_DEADLINE_MS,
        settle_after_seconds: sender.configuration.settleAfterSeconds,
      },
      BegunSends,
      databaseDeadline(),
    );
    if (!result.ok) {
      logDatabaseFailure(log, result.failure, { conversation_id: conversationId });
      const settlement = await settleLater(messageId, sender);
      return settlement ? settlement.replyDueInMs : whenLeaseEnds();
    }
    const [begun] = result.data;
    if (begun.outcome === "begun") {
      const sending = send({
        messageId,
        begunAt: begun.begun_at,
        askedAt,
        conversationId,
        parties: begun,
        body: decision.body,
        mediaUrls: [],
      }, sender);
      return await stayWith(sending, messageId, sender);
    }
    if (begun.outcome === "outside_window") {
      return await escalate(lease, "Outside WhatsApp's 24-hour window", whenLeaseEnds, bot);
    }
    log("info", "reply_dropped", { conversation_id: conversationId, reason: begun.outcome });
    // The lease may have ended with nobody else at it.
    if (begun.outcome === "lost") return 0;
    if (begun.outcome !== "newer") return null;
    turn = await claim();
  }
  return null;
}

/** What to do about the texts that a turn has seen. */
async function decide(
  turn: z.infer<typeof ClaimedTurn>,
  startedAt: number,
  conversationId: string,
  { configuration, sender, log }: Bot,
): Promise<Action> {
  if (turn.escalate_because) return { action: "escalate", reason: turn.escalate_because };
  if (!sender) return { action: "escalate", reason: "Sending is not configured" };
  if (!configuration.model) {
    return { action: "escalate", reason: "No language model is configured" };
  }
  const senderName = turn.sender_name || null;
  // Twilio's SDK loads while the model thinks.
  const loaded = await Promise.all([import("./model.ts"), sender.twilio()]).catch((error) => {
    log("error", "not_loaded", { conversation_id: conversationId, reason: error.name });
  });
  if (!loaded) return { action: "escalate", reason: "The bot could not be loaded" };
  const [{ askModel }] = loaded;
  const action = await askModel(configuration.model, {
    prompt: buildPrompt({
      recruitName: turn.recruit_name,
      senderName,
      botInstructions: turn.bot_instructions,
      history: turn.history ?? [],
    }),
    compose: (text) => composeReply(text, { isFirstReply: turn.is_first_reply, senderName }),
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
  whenLeaseEnds: () => number,
  { callDatabase, log, sender }: Bot,
): Promise<number | null> {
  const fields = { conversation_id: lease.conversation_id };
  const canSend = await sender?.twilio().then(() => true, () => false) ?? false;
  const askedAt = performance.now();
  const messageId = crypto.randomUUID();
  const result = await callDatabase(
    "recruiting_escalate_turn",
    {
      ...lease,
      message_id: messageId,
      reason,
      with_handover: canSend,
      settle_after_seconds: sender?.configuration.settleAfterSeconds,
    },
    EscalatedTurns,
    databaseDeadline(),
  );
  if (!result.ok) {
    logDatabaseFailure(log, result.failure, fields);
    const settlement = sender && await settleLater(messageId, sender);
    return settlement ? settlement.replyDueInMs : whenLeaseEnds();
  }
  const [escalated] = result.data;
  const { outcome, broadcast_missed } = escalated;
  if (broadcast_missed) log("error", "broadcast_missed", fields);
  log("info", outcome === "escalated" ? "escalated" : "escalation_dropped", fields);
  if (escalated.begun_at === null || !sender) return null;
  const sending = send({
    messageId,
    begunAt: escalated.begun_at,
    askedAt,
    conversationId: lease.conversation_id,
    parties: escalated,
    body: escalated.body,
    mediaUrls: [],
  }, sender);
  return await stayWith(sending, messageId, sender);
}
