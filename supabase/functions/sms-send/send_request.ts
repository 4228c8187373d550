/**
 * Reads the body of a call of sms-send.
 *
 * @module
 */
import { z } from "zod/v3";
import { storableText } from "../_shared/database/storable_text.ts";
import { parseJson } from "../_shared/http/parse_json.ts";
import type { Template } from "../_shared/outbox/template.ts";

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
  /** Empty for a template, whose text Twilio has. */
  body: string;
  mediaUrls: string[];
  template: Template | undefined;
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

/**
 * A template's SID.
 *
 * @see https://www.twilio.com/docs/content/content-api-resources
 */
const ContentSid = z.string().regex(/^HX[0-9a-fA-F]{32}$/, "must be HX and 32 hex digits");

const ContentVariables = z.record(
  z.string().refine(isStorable, `has a name that ${NOT_STORABLE}`),
  z.string().min(1, "must not be empty").transform(storableText),
);

const REQUIRED = { required_error: "must be given" };

const Fields = z.object({
  conversation_id: z.string(REQUIRED).uuid("must be a uuid"),
  body: z.string().max(MAX_BODY_LENGTH, `must be at most ${MAX_BODY_LENGTH} characters`).default(
    "",
  ),
  media_urls: z.array(MediaUrl).max(MAX_MEDIA, `must be at most ${MAX_MEDIA}`).default([]),
  idempotency_key: z.string(REQUIRED).min(1, "must not be empty").max(
    255,
    "must be at most 255 characters",
  ).refine(isStorable, NOT_STORABLE),
  content_sid: ContentSid.optional(),
  content_variables: ContentVariables.optional(),
  agent_id: z.string().uuid("must be a uuid").toLowerCase().optional(),
}).strict();

const Input = Fields.superRefine(
  ({ body, media_urls, content_sid, content_variables }, context) => {
    const refuse = (field: keyof typeof Fields.shape, message: string) =>
      context.addIssue({ code: "custom", path: [field], message });
    if (content_sid === undefined) {
      if (content_variables) refuse("content_variables", "must not be given without a content_sid");
      if (body.trim() === "" && media_urls.length === 0) {
        refuse("body", "must not be empty where there are neither media_urls nor a content_sid");
      }
      return;
    }
    if (body !== "") refuse("content_sid", "must not be given with a body");
    if (media_urls.length > 0) refuse("content_sid", "must not be given with media_urls");
  },
);

/** A request, or why the body is none. */
export type ParsedSendRequest =
  | { kind: "valid"; request: SendRequest }
  /** `problem` names the field and what it must be. */
  | { kind: "invalid"; problem: string };

/** Reads a body. */
export function parseSendRequest(text: string): ParsedSendRequest {
  const json = parseJson(text);
  if (json === undefined) return { kind: "invalid", problem: "The body is not JSON" };
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
      template: data.content_sid === undefined ? undefined : {
        contentSid: data.content_sid,
        contentVariables: data.content_variables ?? {},
      },
      idempotencyKey: data.idempotency_key,
      agentId: data.agent_id,
    },
  };
}
