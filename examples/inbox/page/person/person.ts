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

/** The number of the person's other conversations that are read, those with the newest messages. */
const MAX_OTHERS = 20;

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
  /** The newest message, in words; undefined without one. */
  lastWords: string | undefined;
}

/** One change of the person's profile. */
export interface ProfileAlert {
  id: string;
  at: Date;
  /** One line for each field that differs. */
  lines: string[];
}

/**
 * Reads the person of a conversation.
 *
 * @returns Undefined if the conversation has no contact.
 * @throws {Error} If the database refuses or cannot be reached.
 */
export async function readPerson(
  supabase: Supabase,
  signal: AbortSignal,
  { id: conversationId, canonical_phone }: { id: string; canonical_phone: string },
): Promise<Person | undefined> {
  const contact = await readContact(supabase, signal, canonical_phone);
  if (!contact) return undefined;
  const { id, name, linkedin_url } = contact;
  const [others, alerts] = await Promise.all([
    readOthers(supabase, signal, id, conversationId),
    readAlerts(supabase, signal, id),
  ]);
  return {
    conversationId,
    name: name ?? "A contact without a name",
    linkedinUrl: linkedin_url?.toLowerCase().startsWith("https://") ? linkedin_url : undefined,
    others,
    alerts,
  };
}

/** Reads the contact that has a phone. */
async function readContact(supabase: Supabase, signal: AbortSignal, canonicalPhone: string) {
  // Agents may not read every column, so the columns are named.
  const { data, error } = await supabase.from("recruiting_contact_phones")
    .select("recruiting_contacts (id, name, linkedin_url)")
    .eq("canonical", canonicalPhone).abortSignal(signal).maybeSingle();
  if (error) throw new Error(error.message);
  return data?.recruiting_contacts;
}

async function readOthers(
  supabase: Supabase,
  signal: AbortSignal,
  contactId: string,
  conversationId: string,
): Promise<OtherConversation[]> {
  const phones = await supabase.from("recruiting_contact_phones").select("canonical")
    .eq("contact_id", contactId).abortSignal(signal);
  if (phones.error) throw new Error(phones.error.message);
  const { data, error } = await supabase.from("recruiting_conversations")
    .select("id, channel, recruit_phone, status, recruiting_messages (body, media, metadata)")
    .in("canonical_phone", phones.data.map(({ canonical }) => canonical))
    .neq("id", conversationId)
    .order("last_message_at", { ascending: false })
    .limit(MAX_OTHERS)
    .order("seq", { referencedTable: "recruiting_messages", ascending: false })
    .limit(1, { referencedTable: "recruiting_messages" })
    .abortSignal(signal);
  if (error) throw new Error(error.message);
  return data.map(({ id, channel, recruit_phone, status, recruiting_messages: [newest] }) => ({
    id,
    channel,
    recruitPhone: recruit_phone,
    status,
    lastWords: newest && messageWords(columnsOf(newest)),
  }));
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
