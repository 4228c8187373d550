/**
 * Asks the language model what to do, through the AI SDK.
 *
 * @see https://ai-sdk.dev/docs/ai-sdk-core/generating-structured-data
 * @module
 */
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, jsonSchema, Output } from "ai";
import { z } from "zod/v3";
import type { Log } from "../log.ts";
import type { ModelConfiguration } from "./bot_configuration.ts";
import type { Prompt } from "./prompt.ts";
import { withoutControlCharacters } from "./reply.ts";

/** What the model wants. */
export type Action =
  | { action: "reply"; body: string }
  | { action: "escalate"; reason: string };

/** One question to the model. */
export interface Question {
  prompt: Prompt;
  /** Makes the message of a text, or says what is wrong with it. */
  compose(text: string): { body: string } | { problem: string };
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

/**
 * Asks, and once more if the answer cannot be used.
 *
 * @returns Nothing if neither answer can be used.
 */
export async function askModel(
  configuration: ModelConfiguration,
  question: Question,
  log: Log,
): Promise<Action | undefined> {
  let problem = "";
  for (let call = 1; call <= MAX_CALLS; call++) {
    const answer = await callModel(configuration, question, problem, log);
    if (answer && "action" in answer) return answer;
    problem = answer?.problem ?? "";
  }
}

/** One call. What goes wrong is logged by its name and status: the SDK's errors hold the texts. */
async function callModel(
  { baseUrl, apiKey, name }: ModelConfiguration,
  { prompt, compose, deadline, conversationId }: Question,
  problem: string,
  log: Log,
): Promise<Action | { problem: string } | undefined> {
  const startedAt = performance.now();
  const remaining = Math.min(MAX_CALL_MS, Math.floor(deadline - startedAt));
  if (remaining <= 0) return undefined;
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
    const reason = "problem" in answer ? answer.problem : answer.action;
    log("problem" in answer ? "warn" : "info", "model_answered", {
      conversation_id: conversationId,
      duration_ms: duration_ms(),
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      reason,
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
      ? { problem: "it was not the JSON object that was asked for" }
      : undefined;
  }
}

function actionOf(
  { action, text, reason }: z.infer<typeof Answer>,
  compose: Question["compose"],
): Action | { problem: string } {
  if (action === "escalate") {
    const words = withoutControlCharacters(reason).trim().slice(0, MAX_REASON_LENGTH);
    return { action, reason: words.toWellFormed() || "The assistant asked for a person" };
  }
  const composed = compose(text);
  return "problem" in composed ? composed : { action, body: composed.body };
}
