/**
 * The conversation of a simulated chat, in the local database.
 *
 * @module
 */
import { withSql } from "../postgres/with_sql.ts";
import { apiUrl, databaseUrl, portsFrom } from "../settings/addresses.ts";
import { withoutChannel } from "../stand_ins/twilio/address.ts";
import type { ConversationStatus, Text } from "./fate_of_text.ts";
import { localDatabase } from "./stored_rows.ts";

/** What names a conversation. */
type Conversation = Omit<Text, "messageSid">;

/** Reads who answers in a conversation; undefined without one, or where the rows cannot be read. */
export async function statusOf(
  { from, to, channel }: Conversation,
): Promise<ConversationStatus | undefined> {
  const { data } = await localDatabase(apiUrl(portsFrom(Deno.env.get("PORT_BASE"))))
    ?.from("recruiting_conversations").select("status").match({
      channel,
      recruit_phone: withoutChannel(from),
      twilio_phone: withoutChannel(to),
    }).maybeSingle() ?? { data: null };
  return data?.status as ConversationStatus | undefined;
}

/**
 * Hands a conversation back to the bot, as an agent does with an update of its status.
 *
 * @throws {Error} If there is no such conversation, or the database cannot be reached.
 */
export async function handBack({ from, to, channel }: Conversation): Promise<void> {
  const url = databaseUrl(portsFrom(Deno.env.get("PORT_BASE")));
  const { count } = await withSql(url, (sql) =>
    sql`
      update public.recruiting_conversations set status = 'bot'
      where channel = ${channel} and recruit_phone = ${withoutChannel(from)}
        and twilio_phone = ${withoutChannel(to)}`);
  if (count === 0) throw new Error("There is no such conversation to hand back");
}
