/**
 * The rows that a simulated webhook has changed.
 *
 * @module
 */
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "../../supabase/functions/_shared/database/database.types.ts";
import { SECRET_KEY } from "../settings/keys.ts";

/** A row of any table. */
export type Row = Record<string, unknown>;

/** Stored rows, by table. */
export type StoredRows = Record<string, Row[]>;

/**
 * Reads the rows of a message.
 *
 * @param url The webhook's URL.
 * @returns Undefined for a stack that is not on this machine.
 */
export async function rowsOfMessage(
  url: string,
  messageSid: string,
): Promise<StoredRows | undefined> {
  const database = localDatabase(url);
  if (!database) return undefined;
  const { data: messages, error } = await database.from("recruiting_messages")
    .select()
    .eq("message_sid", messageSid);
  if (error) return undefined;
  const [conversations, events, unmatched, others] = await Promise.all([
    database.from("recruiting_conversations").select()
      .in("id", messages.map(({ conversation_id }) => conversation_id)),
    database.from("recruiting_message_events").select().eq(
      "message_sid",
      messageSid,
    ).order("received_at"),
    database.from("recruiting_unmatched_messages").select().eq(
      "message_sid",
      messageSid,
    ),
    database.from("recruiting_twilio_events").select().eq("resource_sid", messageSid)
      .order("received_at"),
  ]);
  return {
    recruiting_conversations: conversations.data ?? [],
    recruiting_messages: messages,
    recruiting_message_events: events.data ?? [],
    recruiting_unmatched_messages: unmatched.data ?? [],
    recruiting_twilio_events: others.data ?? [],
  };
}

/**
 * Reads rows of recruiting_twilio_events.
 *
 * @param url The webhook's URL.
 * @param column The column that must have the value.
 * @returns Undefined for a stack that is not on this machine.
 */
export async function rowsOfEvents(
  url: string,
  column: "id" | "resource_sid",
  value: string,
): Promise<StoredRows | undefined> {
  const database = localDatabase(url);
  if (!database) return undefined;
  const { data, error } = await database.from("recruiting_twilio_events").select()
    .eq(column, value).order("received_at");
  return error ? undefined : { recruiting_twilio_events: data };
}

/**
 * Reads the contact of a subscription and the alerts about it.
 *
 * @param url The function's URL.
 * @returns Undefined for a stack that is not on this machine.
 */
export async function rowsOfProfile(
  url: string,
  subscription: string,
): Promise<StoredRows | undefined> {
  const database = localDatabase(url);
  if (!database) return undefined;
  const { data: contacts, error } = await database.from("recruiting_contacts").select()
    .eq("alert_subscription_id", subscription);
  if (error) return undefined;
  const { data: alerts } = await database.from("recruiting_profile_alerts").select()
    .in("contact_id", contacts.map(({ id }) => id)).order("received_at");
  return { recruiting_contacts: contacts, recruiting_profile_alerts: alerts ?? [] };
}

/** Opens the database of a stack on loopback: the local secret key is valid for no other. */
export function localDatabase(url: string): SupabaseClient<Database> | undefined {
  const { hostname, origin } = new URL(url);
  if (hostname !== "127.0.0.1" && hostname !== "localhost") return undefined;
  return createClient<Database>(origin, SECRET_KEY, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
}
