/**
 * What the bot needs to know, read once from the environment when a function starts.
 *
 * @module
 */
import { type Configuration, readSeconds } from "../configuration/configuration.ts";
import {
  readSendingConfiguration,
  type SendingConfiguration,
} from "../outbox/sending_configuration.ts";

/** A language model behind an OpenAI-compatible endpoint. */
export interface ModelConfiguration {
  /** Up to and including /v1. */
  baseUrl: string;
  apiKey: string | undefined;
  name: string;
}

/** The bot's configuration. */
export interface BotConfiguration {
  /** Nothing if messages cannot be sent. */
  sending: SendingConfiguration | undefined;
  /** Nothing if there is no model: then every conversation is a person's. */
  model: ModelConfiguration | undefined;
  /** How long the bot waits for more after the newest text, in s. */
  turnWaitSeconds: number;
  /** How long a turn belongs to one worker, in s. */
  turnLeaseSeconds: number;
  /** What is missing, in words for the log. Texts are taken in all the same. */
  problems: string[];
}

/**
 * Reads the configuration.
 *
 * @param env The environment variables.
 * @param configuration What the webhooks have read from them.
 */
export function readBotConfiguration(
  env: Record<string, string | undefined>,
  configuration: Configuration,
): BotConfiguration {
  const problems: string[] = [];
  return {
    sending: readSendingConfiguration(env, configuration, problems),
    model: readModelConfiguration(env, problems),
    turnWaitSeconds: readSeconds(env, "TURN_WAIT_SECONDS", 2, problems),
    turnLeaseSeconds: readSeconds(env, "TURN_LEASE_SECONDS", 60, problems),
    problems,
  };
}

function readModelConfiguration(
  env: Record<string, string | undefined>,
  problems: string[],
): ModelConfiguration | undefined {
  const baseUrl = (env.LLM_BASE_URL ?? "").trim().replace(/\/+$/, "");
  const name = (env.LLM_MODEL ?? "").trim();
  if (!baseUrl || !name) {
    problems.push(
      `${baseUrl ? "LLM_MODEL" : "LLM_BASE_URL"} is not set: a person answers every text`,
    );
    return undefined;
  }
  if (!URL.canParse(baseUrl)) {
    problems.push("LLM_BASE_URL is no URL: a person answers every text");
    return undefined;
  }
  return { baseUrl, apiKey: env.LLM_API_KEY?.trim() || undefined, name };
}
