/**
 * The bot's turn: claim it, decide with the model, and send one reply to all texts since the last reply, or
 * hand the conversation off to a person.
 *
 * The database checks the lease at every write. Only the worker with the lease may begin a send, and a
 * change of status, an assignment or an opt-out revokes the lease. So a worker may be killed or frozen
 * anywhere here, and another worker claims the turn.
 *
 * @module
 */
import { type BegunMessage, deliver } from "../outbox/deliver.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { wait } from "../worker/wait.ts";
import { beginReply } from "./begin_reply.ts";
import type { Bot } from "./bot.ts";
import { claimTurn, type TurnLease } from "./claim_turn.ts";
import { decide } from "./decide.ts";
import { escalateTurn } from "./escalate_turn.ts";

/** How many turns of a conversation one worker does in a row. Later turns are due work. */
const MAX_TURNS = 3;

/** How many times a newer text restarts a turn. */
const MAX_RESTARTS = 2;

/** Milliseconds after the turn's start by which the model must have answered. */
const MODEL_DEADLINE_MS = 35_000;

/**
 * Milliseconds after the turn's start from which a newer text does not restart it, because the model needs
 * the remaining time. The reply is then sent, and the newer text gets a turn of its own.
 */
const RESTART_DEADLINE_MS = 20_000;

/** Result of a turn. */
export type TurnOutcome =
  | {
    /** The turn ended in a reply or a hand-off; the send may still be unconfirmed. */
    kind: "answered";
    /** Milliseconds until the next turn is due; null if none is pending, or the send is unconfirmed. */
    nextDueInMs: number | null;
  }
  /**
   * Another worker has claimed the turn, it is not due, the lease is lost, or the outcome is unknown. A reply
   * that is still pending stays due work.
   */
  | { kind: "unfinished" };

const UNFINISHED: TurnOutcome = { kind: "unfinished" };

/**
 * Does the turns of a conversation whose text this worker has just received.
 *
 * @param dueInMs Milliseconds until the first turn is due: the wait for further texts.
 */
export async function doTurns(conversationId: string, dueInMs: number, bot: Bot): Promise<void> {
  let nextDueInMs: number | null = dueInMs;
  for (let turns = 0; nextDueInMs !== null && turns < MAX_TURNS; turns++) {
    await wait(nextDueInMs);
    const turn = await doTurn(conversationId, bot);
    nextDueInMs = turn.kind === "answered" ? turn.nextDueInMs : null;
  }
}

/**
 * Does one turn.
 *
 * @param token Identifies the lease: the caller's claim of this turn, or by default a new one.
 */
export async function doTurn(
  conversationId: string,
  bot: Bot,
  token: string = crypto.randomUUID(),
): Promise<TurnOutcome> {
  const { log, outbox } = bot;
  const startedAt = performance.now();
  const lease = { conversation_id: conversationId, turn_token: token };
  for (let restarts = 0;; restarts++) {
    const turn = await claimTurn(lease, bot);
    if (!turn) return UNFINISHED;
    const action = await decide(turn, startedAt + MODEL_DEADLINE_MS, conversationId, bot);
    if (action.kind === "escalate") return await handOff(lease, action.reason, bot);
    // For the type checker: without an outbox every decision is a hand-off.
    if (!outbox) return UNFINISHED;

    // The SDK is loaded before the reply is begun: from then on only seconds are left to call Twilio.
    await outbox.twilio();
    const reply = await beginReply(lease, {
      body: action.body,
      seenSeq: turn.seen_seq,
      mayRestart: restarts < MAX_RESTARTS && performance.now() - startedAt < RESTART_DEADLINE_MS,
    }, outbox);
    switch (reply.kind) {
      case "begun":
        return await answerWith(reply.message, outbox);
      case "outside_window":
        return await handOff(lease, "Outside WhatsApp's 24-hour window", bot);
      case "database_failed":
        return UNFINISHED;
      case "lease_lost":
        log("info", "reply_dropped", { conversation_id: conversationId, reason: reply.kind });
        return UNFINISHED;
      case "newer_text":
        log("info", "reply_dropped", { conversation_id: conversationId, reason: reply.kind });
        continue;
    }
  }
}

/** Hands the conversation off, and delivers the hand-off text if there is one. */
async function handOff(lease: TurnLease, reason: string, bot: Bot): Promise<TurnOutcome> {
  const turn = await escalateTurn(lease, reason, bot);
  if (turn.kind !== "escalated") return UNFINISHED;
  if (!turn.handOffText || !bot.outbox) return { kind: "answered", nextDueInMs: null };
  return await answerWith(turn.handOffText, bot.outbox);
}

/**
 * Delivers the turn's message. An unconfirmed send holds the next turn back until it is confirmed, because
 * the bot does not know what the recruit has read.
 */
async function answerWith(message: BegunMessage, outbox: Outbox): Promise<TurnOutcome> {
  const delivery = await deliver(message, outbox);
  return {
    kind: "answered",
    nextDueInMs: delivery.kind === "unconfirmed" ? null : delivery.replyDueInMs,
  };
}
