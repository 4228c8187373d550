/**
 * A stand-in for the model, because a real one costs money and its replies vary. The library
 * @copilotkit/aimock serves an OpenAI-compatible `POST /v1/chat/completions` and `GET /v1/models`.
 *
 * The replies are in conversation.ts, the failures in magic_texts.ts.
 *
 * @see https://platform.openai.com/docs/api-reference/chat
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import {
  type ChatCompletionRequest,
  type ChatMessage,
  type FixtureResponse,
  getTextContent,
  LLMock,
} from "@copilotkit/aimock";
import { outcomeOf } from "./magic_texts.ts";
import { MODEL_NAME } from "./model_name.ts";

/** The longest time without an answer after `model: hang`, in ms. */
const MAX_SILENCE_MS = 60_000;

/** The options of the stand-in. */
export interface ModelOptions {
  /** The port; 0 for any free one. */
  port: number;
  /** The address to listen on; 127.0.0.1 by default. */
  hostname?: string;
}

/** A running stand-in. */
export interface Model {
  /** The base URL for OpenAI's clients; ends with /v1. */
  url: string;
  stop(): Promise<void>;
}

/**
 * Starts the stand-in.
 *
 * @throws {Error} If the port is in use.
 */
export async function startModel({ port, hostname = "127.0.0.1" }: ModelOptions): Promise<Model> {
  const stopping = new AbortController();
  const mock = new LLMock({ port, host: hostname });
  const respond = async (request: ChatCompletionRequest): Promise<FixtureResponse> => {
    const outcome = outcomeOf(...sinceLastReply(request.messages));
    if (outcome.kind === "content") return { content: outcome.content };
    if (outcome.kind === "silence") {
      await delay(MAX_SILENCE_MS, undefined, { ref: false, signal: stopping.signal })
        .catch(() => {});
    }
    return { error: { message: "The model has failed", type: "server_error" }, status: 500 };
  };
  mock.on({ endpoint: "chat", model: MODEL_NAME }, respond);
  mock.on({ endpoint: "chat" }, respond);
  await mock.start();
  return {
    url: `${mock.url}/v1`,
    async stop() {
      stopping.abort();
      await mock.stop();
    },
  };
}

/** The recruit's texts since the last reply, and the number of replies so far. */
function sinceLastReply(messages: ChatMessage[]): [text: string, replies: number] {
  const isReply = ({ role }: ChatMessage) => role === "assistant";
  const texts = messages.slice(messages.findLastIndex(isReply) + 1)
    .filter(({ role }) => role === "user")
    .map(({ content }) => getTextContent(content) ?? "");
  return [texts.join("\n"), messages.filter(isReply).length];
}
