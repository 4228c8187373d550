/**
 * Messages with delivery events, and a reader of the platform's events.
 *
 * @module
 */
import type postgres from "postgres";
import { outboundMessage } from "./conversations.ts";
import { beginConversation, type OwnConversation } from "./own_rows.ts";
import { newSid } from "./twilio.ts";

/** An outbound message that Twilio has accepted. */
export interface SentMessage {
  id: string;
  sid: string;
  conversation: OwnConversation;
}

/** Writes a message, in a conversation of its own if none is given. */
export async function sentMessage(
  sql: postgres.Sql,
  conversation?: OwnConversation,
  sid = newSid(),
): Promise<SentMessage> {
  const within = conversation ?? await beginConversation(sql);
  return { id: await outboundMessage(sql, within.id, sid), sid, conversation: within };
}

/** Records a status of a message, as sms-status does. */
export async function report(
  sql: postgres.Sql | postgres.ReservedSql | postgres.TransactionSql,
  { sid }: { sid: string },
  status: string,
  errorCode: string | null = null,
): Promise<void> {
  await sql`select recruiting_record_message_status(message_sid => ${sid},
    twilio_status => ${status}, channel => 'sms', error_code => ${errorCode})`;
}

/** An event as the database returns it. */
export interface PlatformEvent {
  /** A bigint, which the driver returns as text. */
  position: string;
  event: string;
  message_sid: string;
}

/** Reads the events after a position. */
export async function readEvents(
  sql: postgres.Sql | postgres.ReservedSql | postgres.TransactionSql,
  after: string | number = 0,
  batch = 100,
): Promise<PlatformEvent[]> {
  const rows = await sql<PlatformEvent[]>`
    select * from recruiting_read_platform_events(after => ${after}, batch => ${batch})`;
  return [...rows];
}

/** Events as `<SID> <event>`. */
export const named = (events: PlatformEvent[]) =>
  events.map(({ message_sid, event }) => `${message_sid} ${event}`);
