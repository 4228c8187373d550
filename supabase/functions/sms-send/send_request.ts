/**
 * Reads the body of a call of sms-send.
 *
 * @module
 */
import { z } from "zod/v3";
import { storableText } from "../_shared/database/storable_text.ts";

/**
 * The longest body that Twilio accepts, in UTF-16 units.
 *
 * @see https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
 */
const MAX_BODY_LENGTH = 1600;

/** The most media that Twilio accepts with one message. */
const MAX_MEDIA = 10;

/** A message that a caller asks to send. */
export interface SendRequest {
  conversationId: string;
  body: string;
  mediaUrls: string[];
  idempotencyKey: string;
  /** The agent for whom the platform's server sends. */
  agentId: string | undefined;
}

const NOT_STORABLE = "must hold neither NUL nor half a surrogate pair";
const isStorable = (text: string) => text === storableText(text);

const MediaUrl = z.string().max(2048).url("must be http or https URLs").regex(
  /^https?:\/\//,
  "must be http or https URLs",
).refine(isStorable, NOT_STORABLE);

const REQUIRED = { required_error: "must be given" };

const Input = z.object({
  conversation_id: z.string(REQUIRED).uuid("must be a uuid"),
  body: z.string().max(MAX_BODY_LENGTH, `must be at most ${MAX_BODY_LENGTH} characters`).default(
    "",
  ),
  media_urls: z.array(MediaUrl).max(MAX_MEDIA, `must be at most ${MAX_MEDIA}`).default([]),
  idempotency_key: z.string(REQUIRED).min(1, "must not be empty").max(
    255,
    "must be at most 255 characters",
  ).refine(isStorable, NOT_STORABLE),
  agent_id: z.string().uuid("must be a uuid").toLowerCase().optional(),
}).strict().refine(({ body, media_urls }) => body.trim() !== "" || media_urls.length > 0, {
  message: "must not be empty where there are no media_urls",
  path: ["body"],
});

/** A request, or why the body is none. */
export type ParsedSendRequest =
  | { kind: "valid"; request: SendRequest }
  /** `problem` names the field and what it must be. */
  | { kind: "invalid"; problem: string };

/** Reads a body. */
export function parseSendRequest(text: string): ParsedSendRequest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: "invalid", problem: "The body is not JSON" };
  }
  const { success, data, error } = Input.safeParse(json);
  if (!success) {
    const [{ path, message }] = error.issues;
    return { kind: "invalid", problem: [path.join("."), message].filter(Boolean).join(" ") };
  }
  return {
    kind: "valid",
    request: {
      conversationId: data.conversation_id,
      body: storableText(data.body),
      mediaUrls: data.media_urls,
      idempotencyKey: data.idempotency_key,
      agentId: data.agent_id,
    },
  };
}
