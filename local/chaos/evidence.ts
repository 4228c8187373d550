/**
 * Everything that a run is judged by: the tables, Twilio's log, and what the run did and saw.
 *
 * @module
 */
import type postgres from "postgres";
import twilio from "twilio";
import type { Tables } from "../../supabase/functions/_shared/database/database.types.ts";
import { accountOf } from "../twilio/account.ts";
import { type Change, changes, type Conversation, type MessageRow } from "./observer.ts";
import type { Step } from "./plan.ts";

/** A message in Twilio's log. */
export interface LoggedMessage {
  sid: string;
  direction: string;
  from: string;
  to: string;
  body: string;
  status: string;
  error_code: number | null;
  date_created: string;
}

/** What the run has done, and what came of it. */
export interface Deed {
  at: string;
  action: Step["action"];
  phone?: string;
  outcome: string;
}

/** An event that an agent's screen got. */
export interface Heard {
  at: string;
  agent_id: string;
  event: string;
  conversation_id: string;
}

/** Whose rows an agent's screen has read between two moments. */
export interface Reading {
  from: string;
  until: string;
  agent_id: string;
  conversation_ids: string[];
}

/** What the run itself knows. */
export interface Notes {
  deeds: Deed[];
  heard: Heard[];
  readings: Reading[];
  /** The lines that the functions have logged. */
  logs: { at: string; line: string }[];
}

/** What is in the tables and in Twilio's log. */
export interface Records {
  conversations: Conversation[];
  messages: MessageRow[];
  unmatched: Tables<"recruiting_unmatched_messages">[];
  events: Tables<"recruiting_message_events">[];
  opt_outs: Tables<"recruiting_opt_outs">[];
  twilio: LoggedMessage[];
}

/** What the checks judge. */
export interface Evidence extends Records, Notes {
  changes: Change[];
}

/** What must not be. */
export interface Offence {
  what: string;
  conversation_id?: string;
  phone?: string;
}

/** Finds what must not be; it has no effects. */
export type Check = (evidence: Evidence) => Offence[];

/** Reads Twilio's log over its API. */
export async function readTwilioLog(
  url: string,
  settings: Record<string, string>,
): Promise<LoggedMessage[]> {
  const { accountSid, authToken } = accountOf(settings);
  const client = twilio(accountSid, authToken);
  client.api.baseUrl = url;
  const messages = await client.messages.list({ pageSize: 1000 });
  return messages.reverse().map((message) => ({
    sid: message.sid,
    direction: message.direction,
    from: message.from,
    to: message.to,
    body: message.body,
    status: message.status,
    error_code: message.errorCode,
    date_created: message.dateCreated.toISOString(),
  }));
}

/** Reads the tables and Twilio's log. */
export async function readRecords(
  sql: postgres.Sql,
  twilioLog: () => Promise<LoggedMessage[]>,
): Promise<Records> {
  // As jsonb, so that the rows are as REST shows them.
  const rows = async <Row>(table: string, order: string) =>
    (await sql`select to_jsonb(t) as row from ${sql(table)} t order by ${sql(order)}`)
      .map(({ row }) => row as Row);
  return {
    twilio: await twilioLog(),
    conversations: await rows("recruiting_conversations", "created_at"),
    messages: await rows("recruiting_messages", "created_at"),
    unmatched: await rows("recruiting_unmatched_messages", "received_at"),
    events: await rows("recruiting_message_events", "received_at"),
    opt_outs: await rows("recruiting_opt_outs", "opted_out_at"),
  };
}

/** Reads all that the checks judge. */
export async function readEvidence(
  sql: postgres.Sql,
  twilioLog: () => Promise<LoggedMessage[]>,
  notes: Notes,
): Promise<Evidence> {
  return { ...await readRecords(sql, twilioLog), ...notes, changes: await changes(sql) };
}
