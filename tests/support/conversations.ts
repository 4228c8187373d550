/**
 * Rows that tests begin with.
 *
 * @module
 */
import type postgres from "postgres";
import { asServiceRole } from "./stack.ts";
import { newPhone } from "./twilio.ts";

/** Begins a conversation the way a platform does. */
export async function startConversation(fields: {
  channel?: string;
  recruit_phone?: string;
  twilio_phone?: string;
  status?: string;
  assigned_agent_id?: string;
  recruit_name?: string;
} = {}): Promise<{ id: string; recruit_phone: string; twilio_phone: string }> {
  const conversation = {
    channel: "sms",
    recruit_phone: newPhone(),
    twilio_phone: "+15550100000",
    ...fields,
  };
  const { data, error } = await asServiceRole().rpc("recruiting_start_conversation", conversation);
  if (error) throw new Error(error.message);
  return { id: data, ...conversation };
}

/** Writes an outbound message; without a SID it is one whose send has not answered yet. */
export async function outboundMessage(
  sql: postgres.Sql,
  conversationId: string,
  messageSid: string | null = null,
): Promise<string> {
  const [{ id }] = await sql<{ id: string }[]>`
    insert into recruiting_messages (conversation_id, direction, sender_type, body, status, message_sid)
    values (${conversationId}, 'outbound', 'bot', 'Hi', 'queued', ${messageSid}) returning id`;
  return id;
}

/** All texts of a conversation, in their order. */
export async function bodiesOf(sql: postgres.Sql, conversationId: string): Promise<string[]> {
  const rows = await sql<{ body: string }[]>`
    select body from recruiting_messages where conversation_id = ${conversationId} order by seq`;
  return rows.map(({ body }) => body);
}
