/**
 * The person of a conversation: the contact, their other conversations and what has changed in their profile.
 *
 * @module
 */
import { z } from "zod/v3";
import { messageWords } from "../../../../client/message_words.ts";
import type { Enums } from "../../../../supabase/functions/_shared/database/database.types.ts";
import type { Supabase } from "../inbox/conversations.ts";
import { columnsOf } from "../inbox/message_columns.ts";
import { parseTime } from "../thread/time.ts";

/** The number of alerts that are read, the newest. */
const MAX_ALERTS = 3;

/** The number of the person's newest messages that are read, to find their other conversations. */
const MAX_MESSAGES = 200;

/** A person, as far as the agent may read them. */
export interface Person {
  /** The conversation whose person this is. */
  conversationId: string;
  name: string;
  /** An address that begins with https://. */
  linkedinUrl: string | undefined;
  /** The conversation with the newest message first. */
  others: OtherConversation[];
  /** The newest first. */
  alerts: ProfileAlert[];
}

/** Another conversation of the person, on any number and channel. */
export interface OtherConversation {
  id: string;
  channel: Enums<"recruiting_channel">;
  recruitPhone: string;
  status: Enums<"recruiting_conversation_status">;
  /** The newest message, in words. */
  lastWords: string;
}

/** One change of the person's profile. */
export interface ProfileAlert {
  id: string;
  at: Date;
  /** One line for each field that differs. */
  lines: string[];
}

/**
 * Reads the person of a conversation. The view finds a contact by a message, so a conversation without messages has
 * none.
 *
 * @returns Undefined if the conversation has no contact.
 * @throws {Error} If the database refuses or cannot be reached.
 */
export async function readPerson(
  supabase: Supabase,
  signal: AbortSignal,
  conversationId: string,
): Promise<Person | undefined> {
  const contactId = await readContactId(supabase, signal, conversationId);
  if (!contactId) return undefined;
  const [contact, others, alerts] = await Promise.all([
    // Agents may not read every column, so the columns are named.
    supabase.from("recruiting_contacts").select("name, linkedin_url")
      .eq("id", contactId).abortSignal(signal).maybeSingle(),
    readOthers(supabase, signal, contactId, conversationId),
    readAlerts(supabase, signal, contactId),
  ]);
  if (contact.error) throw new Error(contact.error.message);
  if (!contact.data) return undefined;
  const { name, linkedin_url } = contact.data;
  return {
    conversationId,
    name: name ?? "A contact without a name",
    linkedinUrl: linkedin_url?.toLowerCase().startsWith("https://") ? linkedin_url : undefined,
    others,
    alerts,
  };
}

async function readContactId(
  supabase: Supabase,
  signal: AbortSignal,
  conversationId: string,
): Promise<string | undefined> {
  const { data, error } = await supabase.from("recruiting_contact_timeline").select("contact_id")
    .eq("conversation_id", conversationId)
    .limit(1)
    .abortSignal(signal);
  if (error) throw new Error(error.message);
  return data.at(0)?.contact_id;
}

async function readOthers(
  supabase: Supabase,
  signal: AbortSignal,
  contactId: string,
  conversationId: string,
): Promise<OtherConversation[]> {
  const { data, error } = await supabase.from("recruiting_contact_timeline")
    .select("conversation_id, channel, recruit_phone, conversation_status, body, media")
    .eq("contact_id", contactId)
    .neq("conversation_id", conversationId)
    .order("created_at", { ascending: false })
    .limit(MAX_MESSAGES)
    .abortSignal(signal);
  if (error) throw new Error(error.message);
  const others = new Map<string, OtherConversation>();
  for (const { conversation_id: id, channel, recruit_phone, ...row } of data) {
    if (others.has(id)) continue;
    others.set(id, {
      id,
      channel,
      recruitPhone: recruit_phone,
      status: row.conversation_status,
      lastWords: messageWords(columnsOf({ body: row.body, media: row.media, metadata: null })),
    });
  }
  return [...others.values()];
}

async function readAlerts(
  supabase: Supabase,
  signal: AbortSignal,
  contactId: string,
): Promise<ProfileAlert[]> {
  const { data, error } = await supabase.from("recruiting_profile_alerts")
    .select("id, changed, received_at")
    .eq("contact_id", contactId)
    .order("received_at", { ascending: false })
    .limit(MAX_ALERTS)
    .abortSignal(signal);
  if (error) throw new Error(error.message);
  return data.map(({ id, changed, received_at }) => ({
    id,
    at: parseTime(received_at),
    lines: changeLines(changed),
  }));
}

/** What a field was and is: any JSON value. */
const Changed = z.record(z.object({ from: z.unknown(), to: z.unknown() })).catch({});

/** A line for each field, `field: from → to`. Of a list or an object it says only that it has changed. */
function changeLines(changed: unknown): string[] {
  return Object.entries(Changed.parse(changed)).map(([field, { from, to }]) => {
    const isText = ![from, to].some((value) => typeof value === "object" && value !== null);
    return isText ? `${field}: ${from ?? "none"} → ${to ?? "none"}` : `${field}: changed`;
  });
}
