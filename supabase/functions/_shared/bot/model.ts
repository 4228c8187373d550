/**
 * Asks the language model what to do, through the AI SDK's provider for endpoints that are compatible with OpenAI's.
 * The rest of the SDK, with tools, streams and agents, is not loaded.
 *
 * @see https://ai-sdk.dev/providers/openai-compatible-providers
 * @module
 */
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { z } from "zod/v3";
import { errorName, type Log, millisecondsSince } from "../log/log.ts";
import { parseJson } from "../http/parse_json.ts";
import type { ModelConfiguration } from "./bot_configuration.ts";
import type { Prompt } from "./prompt.ts";
import { type ComposedReply, withoutControlCharacters } from "./reply.ts";

/** What the bot does. */
export type Action =
  | { kind: "reply"; body: string }
  /** `reason` is what agents read. */
  | { kind: "escalate"; reason: string };

/** One question to the model. */
export interface Question {
  prompt: Prompt;
  /** Makes a message of the model's text, or says what is wrong with it. */
  compose(text: string): ComposedReply;
  /** When the model must have answered, on `performance.now()`'s clock, in ms. */
  deadline: number;
  conversationId: string;
}

/** The first call and, if its answer cannot be used, one repair. */
const MAX_CALLS = 2;

/** How long one call may take, in ms. */
const MAX_CALL_MS = 15_000;

/** The most that is kept of the model's reason, in UTF-16 units. */
const MAX_REASON_LENGTH = 300;

const Text = z.string().nullish().transform((text) => text ?? "");
const Answer = z.object({
  action: z.enum(["reply", "escalate"]),
  text: Text,
  reason: Text,
});

/**
 * The answer's form. Every property is required, because endpoints that enforce a schema ask for that;
 * `Answer` accepts an answer without some, because other endpoints do not enforce it.
 */
const ANSWER_SCHEMA = {
  type: "object" as const,
  properties: {
    action: { type: "string" as const, enum: ["reply", "escalate"] },
    text: { type: "string" as const },
    reason: { type: "string" as const },
  },
  required: ["action", "text", "reason"],
  additionalProperties: false,
};

/** An answer that cannot be used. `problem` goes to the model with the next call. */
export type Unusable =
  | Exclude<ComposedReply, { kind: "message" }>
  /** The endpoint failed, or no time was left for the call. */
  | { kind: "no_answer"; problem: "" }
  | { kind: "no_json"; problem: string };

const NO_ANSWER: Unusable = { kind: "no_answer", problem: "" };

/**
 * Asks the model, and a second time if the first answer cannot be used. If both are too long, the newest
 * that can be cut at the end of a sentence is cut.
 *
 * @returns What to do; undefined if no answer can be used.
 */
export async function askModel(
  configuration: ModelConfiguration,
  question: Question,
  log: Log,
): Promise<Action | undefined> {
  const unusable: Unusable[] = [];
  while (unusable.length < MAX_CALLS) {
    const answer = await callModel(configuration, question, unusable.at(-1)?.problem ?? "", log);
    if (isAction(answer)) return answer;
    unusable.push(answer);
  }
  const tooLong = unusable.filter((answer) => answer.kind === "too_long");
  const body = tooLong.findLast(({ cut }) => cut !== undefined)?.cut;
  if (body !== undefined) {
    log("warn", "reply_cut", { conversation_id: question.conversationId });
    return { kind: "reply", body };
  }
  return tooLong.length > 0
    ? { kind: "escalate", reason: "The language model's answer is too long for a text message" }
    : undefined;
}

/**
 * Calls the model once. A failure is logged by its name and status, because the SDK's errors hold the texts.
 *
 * @param problem What was wrong with the last answer; empty for a first call.
 */
export async function callModel(
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
  try {
    const { content, usage } = await provider(name).doGenerate({
      prompt: [
        {
          role: "system",
          content: problem
            ? `${prompt.instructions}\n\nYour last answer could not be used: ${problem}.`
            : prompt.instructions,
        },
        ...prompt.messages.map(({ role, content }) => ({
          role,
          content: [{ type: "text" as const, text: content }],
        })),
      ],
      responseFormat: { type: "json", schema: ANSWER_SCHEMA },
      abortSignal: AbortSignal.timeout(remaining),
    });
    const output = Answer.parse(
      parseJson(content.map((part) => part.type === "text" ? part.text : "").join("")),
    );
    const answer = actionOf(output, compose);
    const isUsable = isAction(answer);
    log(isUsable ? "info" : "warn", "model_answered", {
      conversation_id: conversationId,
      duration_ms: millisecondsSince(startedAt),
      input_tokens: usage.inputTokens.total,
      output_tokens: usage.outputTokens.total,
      reason: answer.kind,
    });
    return answer;
  } catch (error) {
    const reason = errorName(error);
    log("warn", "model_failed", {
      conversation_id: conversationId,
      duration_ms: millisecondsSince(startedAt),
      reason,
      status: (error as { statusCode?: number }).statusCode,
    });
    return error instanceof SyntaxError || error instanceof z.ZodError
      ? { kind: "no_json", problem: "it was not the JSON object that was asked for" }
      : NO_ANSWER;
  }
}

/** Reads the model's answer. */
function actionOf(
  { action, text, reason }: z.infer<typeof Answer>,
  compose: Question["compose"],
): Action | Unusable {
  if (action === "escalate") {
    const words = withoutControlCharacters(reason).trim().slice(0, MAX_REASON_LENGTH);
    return { kind: action, reason: words.toWellFormed() || "The assistant asked for a person" };
  }
  const composed = compose(text);
  return composed.kind === "message" ? { kind: action, body: composed.body } : composed;
}

/** Whether an answer can be used. */
export function isAction(answer: Action | Unusable): answer is Action {
  return answer.kind === "reply" || answer.kind === "escalate";
}
