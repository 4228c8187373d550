/**
 * The report of a simulation: the webhooks' answers, and the stored rows of a local stack.
 *
 * @module
 */
import { createClient } from "@supabase/supabase-js";
import type { Database } from "../../supabase/functions/_shared/database/database.types.ts";
import { SECRET_KEY } from "../settings/keys.ts";
import type { Delivery } from "./deliver.ts";

type Row = Record<string, unknown>;

/** The stored rows, by table. */
type StoredRows = Record<string, Row[]>;

/**
 * Prints deliveries and rows.
 *
 * @returns Whether every answer was 200.
 */
export async function report(
  url: string,
  deliveries: Delivery[],
  json: boolean,
): Promise<boolean> {
  const rows = await storedRows(url, deliveries[0].message_sid);
  if (json) {
    console.log(JSON.stringify({ url, deliveries, rows }, null, 2));
  } else {
    console.log(`POST ${url}\n`);
    for (const delivery of deliveries) {
      const { message_sid, message_status = "", status, body, duration_ms } = delivery;
      console.log(
        [message_sid, message_status, status, body, `${duration_ms} ms`].filter(
          Boolean,
        ).join("  "),
      );
    }
    for (const [table, entries] of Object.entries(rows ?? {})) {
      printTable(table, entries);
    }
    if (!rows) {
      console.log("\nThe rows are shown for a stack on this machine only.");
    }
  }
  return deliveries.every(({ status }) => status === 200);
}

/** Reads the rows with the local secret key, which is valid for a stack on loopback alone. */
async function storedRows(
  url: string,
  messageSid: string,
): Promise<StoredRows | undefined> {
  const { hostname, origin } = new URL(url);
  if (hostname !== "127.0.0.1" && hostname !== "localhost") return undefined;
  const database = createClient<Database>(origin, SECRET_KEY, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const { data: messages, error } = await database.from("recruiting_messages")
    .select()
    .eq("message_sid", messageSid);
  if (error) return undefined;
  const [conversations, events, unmatched] = await Promise.all([
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
  ]);
  return {
    recruiting_conversations: conversations.data ?? [],
    recruiting_messages: messages,
    recruiting_message_events: events.data ?? [],
    recruiting_unmatched_messages: unmatched.data ?? [],
  };
}

function printTable(table: string, entries: Row[]): void {
  console.log(
    `\n${table}: ${entries.length} ${entries.length === 1 ? "row" : "rows"}`,
  );
  for (const entry of entries) {
    const columns = Object.entries(entry).filter(([, value]) => value !== null && value !== "");
    const width = Math.max(...columns.map(([name]) => name.length));
    for (const [name, value] of columns) {
      console.log(
        `  ${name.padEnd(width)}  ${typeof value === "object" ? JSON.stringify(value) : value}`,
      );
    }
  }
}
