/**
 * Decides what the bot does about the texts that a turn has seen: reply, or hand off to a person.
 *
 * @module
 */
import { errorName, showError } from "../log/log.ts";
import type { Bot } from "./bot.ts";
import type { ClaimedTurn } from "./claim_turn.ts";
import type { Action } from "./model.ts";
import { buildPrompt } from "./prompt.ts";
import { composeReply, limitOf } from "./reply.ts";

/** The reasons that agents read when the code itself hands off. */
const REASONS = {
  noInstructions: "The number has no bot_instructions in recruiting_senders",
  sendingNotConfigured: "Sending is not configured",
  noModel: "No language model is configured",
  notLoaded: "The bot could not be loaded",
  noUsableAnswer: "The language model gave no answer that can be used",
};

/**
 * Decides. Without instructions the bot does not reply, because it would invent facts about the job.
 *
 * @param turn What the turn has seen.
 * @param modelDeadline When the model must have answered, on `performance.now()`'s clock, in ms.
 * @param conversationId For the log.
 * @returns What to do. Every failure is a hand-off with its reason.
 */
export async function decide(
  turn: ClaimedTurn,
  modelDeadline: number,
  conversationId: string,
  { configuration, outbox, log }: Bot,
): Promise<Action> {
  if (turn.reason_to_escalate) return handOff(turn.reason_to_escalate);
  if (!turn.bot_instructions?.trim()) {
    log("warn", "no_bot_instructions", { conversation_id: conversationId });
    return handOff(REASONS.noInstructions);
  }
  if (!outbox) return handOff(REASONS.sendingNotConfigured);
  if (!configuration.model) return handOff(REASONS.noModel);

  // Both are loaded together, because the reply needs Twilio's SDK as soon as the model has answered.
  const loaded = await Promise.all([import("./model.ts"), outbox.twilio()]).catch((error) => {
    showError(error);
    log("error", "not_loaded", { conversation_id: conversationId, reason: errorName(error) });
  });
  if (!loaded) return handOff(REASONS.notLoaded);
  const [{ askModel }] = loaded;

  const introduction = { isFirstReply: turn.is_first_reply, senderName: turn.sender_name };
  const action = await askModel(configuration.model, {
    prompt: buildPrompt({
      recruitName: turn.recruit_name,
      senderName: turn.sender_name,
      botInstructions: turn.bot_instructions,
      limit: limitOf(introduction),
      history: turn.history ?? [],
    }),
    compose: (text) => composeReply(text, introduction),
    deadline: modelDeadline,
    conversationId,
  }, log);
  return action ?? handOff(REASONS.noUsableAnswer);
}

function handOff(reason: string): Action {
  return { kind: "escalate", reason };
}
