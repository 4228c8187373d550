/**
 * The evidence of a run: the tables, Twilio's log, the performed actions, and the agents' events.
 *
 * @module
 */
import type postgres from "postgres";
import twilio from "twilio";
import type { Tables } from "../../supabase/functions/_shared/database/database.types.ts";
import { accountOf } from "../stand_ins/twilio/account.ts";
import { type Change, changes, type Conversation, type MessageRow } from "./observer.ts";
import type { Step } from "./fault_plan.ts";

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

/** An action of the plan that was performed. */
export interface PerformedAction {
  at: string;
  action: Step["action"];
  phone?: string;
  /** The result in a few words, such as the answer's HTTP status. */
  outcome: string;
}

/** An event that an agent's watcher received. */
export interface ReceivedEvent {
  at: string;
  agent_id: string;
  event: string;
  conversation_id: string;
}

/** The conversations whose rows an agent read between two times. */
export interface RowRead {
  from: string;
  until: string;
  agent_id: string;
  conversation_ids: string[];
}

/** What the run records while it lasts. */
export interface Notes {
  performed: PerformedAction[];
  received: ReceivedEvent[];
  reads: RowRead[];
  /** The lines that the functions logged. */
  logs: { at: string; line: string }[];
}

/** The contents of the tables and of Twilio's log. */
export interface Records {
  conversations: Conversation[];
  messages: MessageRow[];
  unmatched: Tables<"recruiting_unmatched_messages">[];
  events: Tables<"recruiting_message_events">[];
  opt_outs: Tables<"recruiting_opt_outs">[];
  twilio: LoggedMessage[];
}

/** Everything that the checks read. */
export interface Evidence extends Records, Notes {
  changes: Change[];
}

/** A violation of what must always hold. */
export interface Violation {
  what: string;
  conversation_id?: string;
  phone?: string;
}

/** Finds violations. A check is pure. */
export type Check = (evidence: Evidence) => Violation[];

/** Reads the message log of Twilio's stand-in over its API, oldest message first. */
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
  // jsonb gives the rows the form that REST returns.
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

/** Reads the evidence. */
export async function readEvidence(
  sql: postgres.Sql,
  twilioLog: () => Promise<LoggedMessage[]>,
  notes: Notes,
): Promise<Evidence> {
  return { ...await readRecords(sql, twilioLog), ...notes, changes: await changes(sql) };
}
