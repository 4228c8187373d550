/**
 * Asks the language model what to do, through the AI SDK.
 *
 * @see https://ai-sdk.dev/docs/ai-sdk-core/generating-structured-data
 * @module
 */
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, jsonSchema, Output } from "ai";
import { z } from "zod/v3";
import type { Log } from "../log/log.ts";
import type { ModelConfiguration } from "./bot_configuration.ts";
import type { Prompt } from "./prompt.ts";
import { type ComposedReply, withoutControlCharacters } from "./reply.ts";

/** What the model wants. */
export type Action =
  | { action: "reply"; body: string }
  | { action: "escalate"; reason: string };

/** One question to the model. */
export interface Question {
  prompt: Prompt;
  /** Makes the message of a text, or says what is wrong with it. */
  compose(text: string): ComposedReply;
  /** When the turn may not use the model any more, on `performance.now()`'s clock. */
  deadline: number;
  conversationId: string;
}

/** A model's first answer and, if that cannot be used, one repair. */
const MAX_CALLS = 2;

const MAX_CALL_MS = 15_000;

const MAX_REASON_LENGTH = 300;

// The SDK would print its warnings, and with them the prompt, among the log's lines.
globalThis.AI_SDK_LOG_WARNINGS = false;

const Text = z.string().nullish().transform((text) => text ?? "");
const Answer = z.object({
  action: z.enum(["reply", "escalate"]),
  text: Text,
  reason: Text,
});

/** Endpoints that hold the model to a schema want every property required; others forget some. */
const ANSWER_SCHEMA = jsonSchema<z.infer<typeof Answer>>({
  type: "object",
  properties: {
    action: { type: "string", enum: ["reply", "escalate"] },
    text: { type: "string" },
    reason: { type: "string" },
  },
  required: ["action", "text", "reason"],
  additionalProperties: false,
}, {
  validate(value) {
    const { success, data, error } = Answer.safeParse(value);
    return success ? { success, value: data } : { success: false, error };
  },
});

/** An answer that is no action: what is wrong with it. */
type Unusable =
  | Exclude<ComposedReply, { kind: "message" }>
  /** The endpoint failed, or there was no time for the call. */
  | { kind: "no_answer"; problem: "" }
  | { kind: "no_json"; problem: string };

const NO_ANSWER: Unusable = { kind: "no_answer", problem: "" };

/**
 * Asks, and once more if the answer cannot be used. Of answers that are all too long the newest one that
 * can be cut is sent.
 *
 * @returns Nothing if neither answer can be used.
 */
export async function askModel(
  configuration: ModelConfiguration,
  question: Question,
  log: Log,
): Promise<Action | undefined> {
  const unusable: Unusable[] = [];
  while (unusable.length < MAX_CALLS) {
    const answer = await callModel(configuration, question, unusable.at(-1)?.problem ?? "", log);
    if ("action" in answer) return answer;
    unusable.push(answer);
  }
  const tooLong = unusable.filter((answer) => answer.kind === "too_long");
  const body = tooLong.findLast(({ cut }) => cut !== undefined)?.cut;
  if (body !== undefined) {
    log("warn", "reply_cut", { conversation_id: question.conversationId });
    return { action: "reply", body };
  }
  return tooLong.length > 0
    ? { action: "escalate", reason: "The language model's answer is too long for a text message" }
    : undefined;
}

/** One call. What goes wrong is logged by its name and status: the SDK's errors hold the texts. */
async function callModel(
  { baseUrl, apiKey, name }: ModelConfiguration,
  { prompt, compose, deadline, conversationId }: Question,
  problem: string,
  log: Log,
): Promise<Action | Unusable> {
  const startedAt = performance.now();
  const remaining = Math.min(MAX_CALL_MS, Math.floor(deadline - startedAt));
  if (remaining <= 0) return NO_ANSWER;
  const provider = createOpenAICompatible({
    name: "llm",
    baseURL: baseUrl,
    apiKey,
    supportsStructuredOutputs: true,
  });
  const duration_ms = () => Math.round(performance.now() - startedAt);
  try {
    const { output, usage } = await generateText({
      model: provider(name),
      instructions: problem
        ? `${prompt.instructions}\n\nYour last answer could not be used: ${problem}.`
        : prompt.instructions,
      messages: prompt.messages,
      output: Output.object({ schema: ANSWER_SCHEMA }),
      maxRetries: 0,
      abortSignal: AbortSignal.timeout(remaining),
    });
    const answer = actionOf(output, compose);
    const isUsable = "action" in answer;
    log(isUsable ? "info" : "warn", "model_answered", {
      conversation_id: conversationId,
      duration_ms: duration_ms(),
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      reason: isUsable ? answer.action : answer.kind,
    });
    return answer;
  } catch (error) {
    const { name: reason, statusCode } = error as { name?: string; statusCode?: number };
    log("warn", "model_failed", {
      conversation_id: conversationId,
      duration_ms: duration_ms(),
      reason,
      status: statusCode,
    });
    return reason === "AI_NoObjectGeneratedError"
      ? { kind: "no_json", problem: "it was not the JSON object that was asked for" }
      : NO_ANSWER;
  }
}

function actionOf(
  { action, text, reason }: z.infer<typeof Answer>,
  compose: Question["compose"],
): Action | Unusable {
  if (action === "escalate") {
    const words = withoutControlCharacters(reason).trim().slice(0, MAX_REASON_LENGTH);
    return { action, reason: words.toWellFormed() || "The assistant asked for a person" };
  }
  const composed = compose(text);
  return composed.kind === "message" ? { action, body: composed.body } : composed;
}
