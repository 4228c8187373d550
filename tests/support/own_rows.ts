/**
 * Rows that tests with a database of their own begin with. The REST API does not serve such a database, so
 * they are written by SQL.
 *
 * @module
 */
import type postgres from "postgres";
import { newPhone } from "./twilio.ts";

/** A conversation that was begun. */
export interface OwnConversation {
  id: string;
  recruit_phone: string;
  twilio_phone: string;
}

/** Begins a conversation as the platform does. */
export async function beginConversation(
  sql: postgres.Sql,
  fields: {
    recruit_phone?: string;
    twilio_phone?: string;
    status?: string;
    assigned_agent_id?: string;
  } = {},
): Promise<OwnConversation> {
  const conversation = {
    recruit_phone: newPhone(),
    twilio_phone: "+15550100000",
    status: "bot",
    assigned_agent_id: null,
    ...fields,
  };
  const { recruit_phone, twilio_phone, status, assigned_agent_id } = conversation;
  const [{ id }] = await sql`
    select recruiting_start_conversation(channel => 'sms', recruit_phone => ${recruit_phone},
      twilio_phone => ${twilio_phone}, status => ${status},
      assigned_agent_id => ${assigned_agent_id}) as id`;
  return { id, recruit_phone, twilio_phone };
}

/** Begins a message of the platform's. Returns the names of the message and of its attempt. */
export async function beginMessage(
  sql: postgres.Sql,
  conversationId: string,
  body = "Hello",
): Promise<{ id: string; begunAt: string }> {
  const id = crypto.randomUUID();
  const [{ begun_at }] = await sql`
    select begun_at::text from recruiting_begin_message(conversation_id => ${conversationId},
      message_id => ${id}, body => ${body})`;
  return { id, begunAt: begun_at };
}

/** Writes a user whom the platform lists as an agent. Returns the user's id. */
export async function insertAgent(sql: postgres.Sql): Promise<string> {
  const [{ id }] = await sql`insert into auth.users (id) values (gen_random_uuid()) returning id`;
  await sql`insert into recruiting_agents (user_id, display_name) values (${id}, 'A. Gent')`;
  return id;
}
