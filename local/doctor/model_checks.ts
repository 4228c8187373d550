/**
 * The check of the model.
 *
 * @module
 */
import { callModel, isAction, type Unusable } from "../../supabase/functions/_shared/bot/model.ts";
import { readBotConfiguration } from "../../supabase/functions/_shared/bot/bot_configuration.ts";
import { buildPrompt } from "../../supabase/functions/_shared/bot/prompt.ts";
import { composeReply, limitOf } from "../../supabase/functions/_shared/bot/reply.ts";
import type { LogFields } from "../../supabase/functions/_shared/log/log.ts";
import { isLoopback } from "../../supabase/functions/_shared/webhook/webhook_signers.ts";
import type { Project } from "../project/project.ts";
import type { Check, Examined, Outcome } from "./check.ts";
import { isElsewhere } from "./environment/local_values.ts";
import { configurationOf } from "./environment/values.ts";
import { variableMend } from "./mends.ts";

/** How long the model may take, in ms. It is also the bot's limit. */
const MODEL_LIMIT_MS = 15_000;

const INTRODUCTION = { isFirstReply: true, senderName: "Northwind Recruiting" };

/** What the model is asked. It is the same each time, and is of no recruit. */
const PROMPT = buildPrompt({
  recruitName: null,
  senderName: INTRODUCTION.senderName,
  botInstructions:
    "You recruit warehouse associates in Denver: 21 dollars an hour, day or night shift, start next week.",
  limit: limitOf(INTRODUCTION),
  history: [{
    sender_type: "recruit",
    body: "Hi, how much is the pay?",
    content_types: [],
    metadata: null,
  }],
});

/** Lists the checks. */
export function modelChecks({ project }: Examined): Check[] {
  return [{ id: "model.answers", run: () => checkModel(project) }];
}

/**
 * Asks the model once, through the bot's own code.
 *
 * @param limitMs How long the model may take, in ms.
 */
export async function checkModel(
  project: Project,
  limitMs: number = MODEL_LIMIT_MS,
): Promise<Outcome> {
  const { model } = readBotConfiguration(project.env, configurationOf(project));
  if (!model) return { ok: null, detail: "No model is configured" };
  if (isElsewhere(project) && isLoopback(model.baseUrl)) {
    return { ok: null, detail: "LLM_BASE_URL is on this machine, and the functions are not" };
  }
  const startedAt = performance.now();
  const logged: LogFields[] = [];
  const answer = await callModel(
    model,
    {
      prompt: PROMPT,
      compose: (text) => composeReply(text, INTRODUCTION),
      deadline: startedAt + limitMs,
      conversationId: "doctor",
    },
    "",
    (_level, _event, fields = {}) => void logged.push(fields),
  );
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (isAction(answer)) {
    return { ok: true, detail: `${model.name} answers in the right form, after ${seconds} s` };
  }
  return failureOf(project, answer, logged.at(-1) ?? {}, limitMs);
}

function failureOf(
  project: Project,
  answer: Unusable,
  { status, reason }: LogFields,
  limitMs: number,
): Outcome {
  if (answer.kind !== "no_answer") {
    return {
      ok: false,
      detail: answer.kind === "no_json"
        ? "The model's answer is not the JSON object that the bot asks for"
        : `The model's answer cannot be used: ${answer.kind.replace("_", " ")}`,
      mend: variableMend(
        project,
        "Set LLM_MODEL to a model that follows a JSON schema (structured outputs)",
      ),
    };
  }
  if (status === 401 || status === 403) {
    return {
      ok: false,
      detail: `The model's endpoint refuses LLM_API_KEY (${status})`,
      mend: variableMend(project, "Set LLM_API_KEY to a key of the endpoint"),
    };
  }
  if (status === 404) {
    return {
      ok: false,
      detail: "The model's endpoint has no such model or path (404)",
      mend: variableMend(project, "Correct LLM_MODEL, and LLM_BASE_URL, which ends with /v1,"),
    };
  }
  if (reason === "TimeoutError" || reason === "AbortError") {
    return {
      ok: false,
      detail: `The model gives no answer within ${limitMs / 1000} s, the bot's limit`,
      mend: variableMend(project, "Set LLM_MODEL to a faster model"),
    };
  }
  return {
    ok: false,
    detail: status
      ? `The model's endpoint answers ${status}`
      : "The model's endpoint cannot be reached",
    mend: status === 429 ? "Raise the limit or the balance at the model's provider" : variableMend(
      project,
      project.isLocal
        ? "See whether the endpoint runs (the stand-in runs with the local stack), or correct LLM_BASE_URL"
        : "See whether the endpoint runs, or correct LLM_BASE_URL",
    ),
  };
}
