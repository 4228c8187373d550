/**
 * What agents' screens hear over Supabase Realtime: topics, events and their payloads.
 *
 * The database sends them (supabase/migrations); a test holds these schemas against what it sends.
 * A broadcast is a hint, the rows are the truth.
 *
 * @module
 */
import { z } from "zod/v3";

/** Where conversations that are assigned to an agent are told of; only that agent may listen. */
export function agentTopic(agentId: string): string {
  return `agent:${agentId}`;
}

/** Where conversations that nobody has are told of; every agent may listen. */
export const UNASSIGNED_TOPIC = "agents:unassigned";

const ConversationStatus = z.enum(["bot", "escalated", "closed"]);
const Channel = z.enum(["sms", "whatsapp", "rcs", "messenger"]);
const MessageStatus = z.enum(["received", "queued", "sent", "delivered", "failed"]);

/**
 * What else Twilio has told of a text, under Twilio's field names, such as Latitude or ButtonText: a
 * text for each field, or all texts of a repeated one. message_words.ts puts it into words.
 */
const Metadata = z.record(z.unknown()).nullable().optional();

/** Each event's payload, beside `id`, which equals the broadcast's meta.id. */
export const PAYLOADS = {
  /** A recruit has texted an escalated or closed conversation. */
  message_received: z.object({
    conversation_id: z.string().uuid(),
    message_id: z.string().uuid(),
    channel: Channel,
    recruit_phone: z.string(),
    recruit_name: z.string().nullable(),
    body: z.string(),
    media: z.array(z.object({ url: z.string(), content_type: z.string() })),
    metadata: Metadata,
    status: MessageStatus,
    created_at: z.string(),
  }),
  /** An outbound message of an escalated or closed conversation has another status. */
  message_status_changed: z.object({
    conversation_id: z.string().uuid(),
    message_id: z.string().uuid(),
    status: MessageStatus,
    error_code: z.string().nullable(),
  }),
  /** A conversation needs a person. */
  conversation_escalated: z.object({
    conversation_id: z.string().uuid(),
    channel: Channel,
    recruit_phone: z.string(),
    recruit_name: z.string().nullable(),
    status: ConversationStatus,
    assigned_agent_id: z.string().uuid().nullable(),
    reason: z.string().nullable(),
  }),
  /** Another status or another agent; told to the old topic and the new one. */
  conversation_updated: z.object({
    conversation_id: z.string().uuid(),
    status: ConversationStatus,
    assigned_agent_id: z.string().uuid().nullable(),
  }),
};

/** What is sent instead of a payload over 250,000 bytes: read the row. */
export const Truncated = z.object({
  conversation_id: z.string().uuid(),
  message_id: z.string().uuid().nullable(),
  truncated: z.literal(true),
});

/** The names of the events. */
export type EventName = keyof typeof PAYLOADS;

/** One event. */
export type AgentEvent =
  | { [Name in EventName]: { event: Name; payload: z.infer<typeof PAYLOADS[Name]> } }[EventName]
  | { event: "truncated"; payload: z.infer<typeof Truncated> };

/**
 * Reads a broadcast.
 *
 * @returns Nothing for an event or payload that this version does not know: read the rows instead.
 */
export function parseEvent(event: string, payload: unknown): AgentEvent | undefined {
  const truncated = Truncated.safeParse(payload);
  if (truncated.success) return { event: "truncated", payload: truncated.data };
  if (!Object.hasOwn(PAYLOADS, event)) return undefined;
  const name = event as EventName;
  const { success, data } = PAYLOADS[name].safeParse(payload);
  return success ? { event: name, payload: data } as AgentEvent : undefined;
}
