/**
 * The bot's configuration, read once from the environment when a function starts.
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
  /** The endpoint's base URL, up to and including `/v1`. */
  baseUrl: string;
  apiKey: string | undefined;
  name: string;
}

/** The bot's configuration. */
export interface BotConfiguration {
  /** Undefined if sending is not configured. */
  sending: SendingConfiguration | undefined;
  /** Undefined if no model is configured: then every conversation is handed off. */
  model: ModelConfiguration | undefined;
  /** Seconds that the bot waits for further texts after the newest one. */
  turnWaitSeconds: number;
  /** Seconds until the lease of a turn expires. */
  turnLeaseSeconds: number;
  /** What is missing, for the log. Texts are received and stored without it. */
  problems: string[];
}

/**
 * Reads the bot's configuration.
 *
 * @param env The environment variables.
 * @param configuration The webhooks' configuration.
 * @returns The configuration, with what is missing in `problems`.
 */
export function readBotConfiguration(env: Env, configuration: Configuration): BotConfiguration {
  const problems: string[] = [];
  const sending = readSendingConfiguration(env, configuration, problems);
  const variables = readVariables(BotVariables, env, problems);
  return {
    sending,
    model: readModel(variables, problems),
    turnWaitSeconds: variables.TURN_WAIT_SECONDS,
    turnLeaseSeconds: variables.TURN_LEASE_SECONDS,
    problems,
  };
}

function readModel(
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
