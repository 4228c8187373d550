/**
 * What the bot needs to know, read once from the environment when a function starts.
 *
 * @module
 */
import type { z } from "zod/v3";
import type { Configuration } from "../configuration/configuration.ts";
import { BotVariables, type Env, readVariables } from "../configuration/environment.ts";
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
export function readBotConfiguration(env: Env, configuration: Configuration): BotConfiguration {
  const problems: string[] = [];
  const sending = readSendingConfiguration(env, configuration, problems);
  const variables = readVariables(BotVariables, env, problems);
  return {
    sending,
    model: modelOf(variables, problems),
    turnWaitSeconds: variables.TURN_WAIT_SECONDS,
    turnLeaseSeconds: variables.TURN_LEASE_SECONDS,
    problems,
  };
}

function modelOf(
  { LLM_BASE_URL: baseUrl, LLM_API_KEY: apiKey, LLM_MODEL: name }: z.output<typeof BotVariables>,
  problems: string[],
): ModelConfiguration | undefined {
  if (!baseUrl || !name) {
    problems.push(
      `${baseUrl ? "LLM_MODEL" : "LLM_BASE_URL"} is not set: every text is handed off to a person`,
    );
    return undefined;
  }
  if (!URL.canParse(baseUrl)) {
    problems.push("LLM_BASE_URL is not a URL: every text is handed off to a person");
    return undefined;
  }
  return { baseUrl, apiKey, name };
}
