/**
 * What the database broadcasts to agents over Supabase Realtime: topics, events and their payloads.
 *
 * A broadcast is a hint, and the row is the truth: read the rows when a payload is unknown or
 * truncated. The types below are inferred from the schemas, and a test compares the schemas with
 * what the database sends.
 *
 * @see https://supabase.com/docs/guides/realtime/broadcast
 * @module
 */
import { z } from "zod/v3";

/**
 * Names the private topic for the conversations that are assigned to an agent.
 *
 * Only that agent may listen to it.
 *
 * @param agentId The agent's user id, a UUID.
 * @returns The topic as `supabase.channel()` takes it.
 */
export function agentTopic(agentId: string): string {
  return `agent:${agentId}`;
}

/** The private topic for conversations without an assigned agent. Every agent may listen to it. */
export const UNASSIGNED_TOPIC = "agents:unassigned";

const ConversationStatus = z.enum(["bot", "escalated", "closed"]);
const Channel = z.enum(["sms", "whatsapp", "rcs", "messenger"]);
const MessageStatus = z.enum(["received", "queued", "sent", "delivered", "failed"]);

/**
 * Further fields of Twilio's webhook, under Twilio's names, such as Latitude or ButtonText. A field
 * that Twilio sent once is a string, and a repeated field is an array of strings.
 */
const Metadata = z.record(z.unknown()).nullable().optional();

/**
 * One attachment of a message. A recruit's is copied to the private bucket `recruiting-media`: then it has the
 * object's `path` there and its `size` in bytes, or an `error` in plain words if it cannot be copied.
 */
const Media = z.object({
  url: z.string(),
  content_type: z.string(),
  path: z.string().optional(),
  size: z.number().optional(),
  error: z.string().optional(),
});

/** What a field of a profile was and is: any JSON value, and null where the profile has no such field. */
const Change = z.object({ from: z.unknown(), to: z.unknown() });

/** The payload of each event, by the event's name. Each has an `id` besides, equal to meta.id. */
export const PAYLOADS = {
  /** A recruit has texted an escalated or closed conversation. */
  message_received: z.object({
    conversation_id: z.string().uuid(),
    message_id: z.string().uuid(),
    channel: Channel,
    recruit_phone: z.string(),
    recruit_name: z.string().nullable(),
    body: z.string(),
    media: z.array(Media),
    metadata: Metadata,
    status: MessageStatus,
    created_at: z.string(),
  }),
  /** The attachments of a recruit's message in an escalated or closed conversation have been copied, or given up. */
  message_media_stored: z.object({
    conversation_id: z.string().uuid(),
    message_id: z.string().uuid(),
    media: z.array(Media),
  }),
  /** The status of an outbound message has changed in an escalated or closed conversation. */
  message_status_changed: z.object({
    conversation_id: z.string().uuid(),
    message_id: z.string().uuid(),
    status: MessageStatus,
    error_code: z.string().nullable(),
  }),
  /** A conversation has been handed off to a person. */
  conversation_escalated: z.object({
    conversation_id: z.string().uuid(),
    channel: Channel,
    recruit_phone: z.string(),
    recruit_name: z.string().nullable(),
    status: ConversationStatus,
    assigned_agent_id: z.string().uuid().nullable(),
    reason: z.string().nullable(),
  }),
  /** A conversation's status or assigned agent has changed. Sent to the old and the new topic. */
  conversation_updated: z.object({
    conversation_id: z.string().uuid(),
    status: ConversationStatus,
    assigned_agent_id: z.string().uuid().nullable(),
  }),
  /**
   * A contact's public profile has changed: their name, headline, location, company or position, and whatever else at
   * the same time. `conversation_ids` are the contact's open conversations on this topic.
   */
  contact_changed: z.object({
    contact_id: z.string().uuid(),
    conversation_ids: z.array(z.string().uuid()),
    changed: z.record(Change),
  }),
};

/** Replaces a payload of more than 250,000 bytes. That of a contact has null for the conversation. */
export const Truncated = z.object({
  conversation_id: z.string().uuid().nullable(),
  message_id: z.string().uuid().nullable(),
  contact_id: z.string().uuid().optional(),
  truncated: z.literal(true),
});

const AgentEvent = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("message_received"), payload: PAYLOADS.message_received }),
  z.object({ kind: z.literal("message_media_stored"), payload: PAYLOADS.message_media_stored }),
  z.object({ kind: z.literal("message_status_changed"), payload: PAYLOADS.message_status_changed }),
  z.object({ kind: z.literal("conversation_escalated"), payload: PAYLOADS.conversation_escalated }),
  z.object({ kind: z.literal("conversation_updated"), payload: PAYLOADS.conversation_updated }),
  z.object({ kind: z.literal("contact_changed"), payload: PAYLOADS.contact_changed }),
  z.object({ kind: z.literal("truncated"), payload: Truncated }),
]);

/** An event that a front end handles. `kind` is the event's name, or `truncated`. */
export type AgentEvent = z.infer<typeof AgentEvent>;

/** A broadcast after parsing. An `unknown` one has a name or a payload of a newer version. */
export type ParsedBroadcast = AgentEvent | { kind: "unknown" };

/**
 * Parses a broadcast.
 *
 * @param name The event's name.
 * @param payload The payload as Realtime delivers it.
 * @returns The typed event, or `unknown` when this version has no schema that fits.
 */
export function parseEvent(name: string, payload: unknown): ParsedBroadcast {
  const kind = Truncated.safeParse(payload).success ? "truncated" : name;
  const { success, data } = AgentEvent.safeParse({ kind, payload });
  return success ? data : { kind: "unknown" };
}

/**
 * Returns the ids of the conversations that an event is about.
 *
 * @returns One id; several of a contact's event; none where a contact's event was truncated.
 */
export function conversationsOf({ payload }: AgentEvent): string[] {
  if ("conversation_ids" in payload) return payload.conversation_ids;
  return payload.conversation_id === null ? [] : [payload.conversation_id];
}
