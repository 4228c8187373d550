/**
 * A text over the webhook, and what has followed from it.
 *
 * @module
 */
import type postgres from "postgres";
import { type Form, inboundForm, newSid, postForStatus } from "./twilio.ts";

/** A conversation that is texted. */
export interface TextedConversation {
  id: string;
  channel?: string;
  recruit_phone: string;
  twilio_phone: string;
}

/** What a text has led to. */
export interface Followed {
  sid: string;
  verdict: string | null;
  isOptedOut: boolean;
  isReplyPending: boolean;
  status: string;
}

/** The form of a text from a recruit's address to one of ours. */
export function formOfText(
  { channel = "sms", recruit_phone, twilio_phone }: Omit<TextedConversation, "id">,
  body: string,
  fields: Form = {},
): Form {
  const prefix = channel === "sms" ? "" : `${channel}:`;
  return inboundForm({
    From: prefix + recruit_phone,
    To: prefix + twilio_phone,
    Body: body,
    ...fields,
  });
}

/** Texts into a conversation, and reads what has followed. */
export async function textInto(
  sql: postgres.Sql,
  conversation: TextedConversation,
  body: string,
  fields: Form = {},
): Promise<Followed> {
  const sid = newSid();
  const form = formOfText(conversation, body, { MessageSid: sid, ...fields });
  const answer = await postForStatus("sms-inbound", form);
  if (answer !== "received") throw new Error(`The text was answered "${answer}"`);
  return { sid, ...await followed(sql, conversation.id, sid) };
}

/** What has followed from a text that is in a conversation. */
export async function followed(
  sql: postgres.Sql,
  id: string,
  sid: string,
): Promise<Omit<Followed, "sid">> {
  const [row] = await sql<Omit<Followed, "sid">[]>`
    select m.verdict, c.opted_out_at is not null as "isOptedOut",
      c.reply_due_at is not null as "isReplyPending", c.status
    from recruiting_conversations c
    join recruiting_messages m on m.conversation_id = c.id and m.message_sid = ${sid}
    where c.id = ${id}`;
  return { ...row };
}

/** The consent log of a phone, as "kind source", oldest first. */
export async function consentOf(sql: postgres.Sql, phone: string): Promise<string[]> {
  const rows = await sql<{ event: string }[]>`
    select kind || ' ' || source as event from recruiting_consent_events
    where phone = private.canonical_phone(${phone}) order by occurred_at, recorded_at`;
  return rows.map(({ event }) => event);
}
