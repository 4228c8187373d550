/**
 * The inbound call, as sms-inbound makes it: the words are judged in TypeScript, the rest is Postgres'.
 *
 * @module
 */
import type postgres from "postgres";
import type { Channel } from "../../supabase/functions/_shared/twilio/channel_address.ts";
import { judgeText } from "../../supabase/functions/_shared/opt_out/judge_text.ts";
import { newSid } from "./twilio.ts";

/** Who texts which of our addresses. */
export interface TextParties {
  channel?: string;
  recruit_phone: string;
  twilio_phone: string;
}

/** What is not the same in every text. */
export interface TextOptions {
  sid?: string;
  optOutType?: string;
  /** The signed form. */
  payload?: Record<string, string>;
  /** How long the bot waits for more, in s. */
  turnWaitSeconds?: number;
  /** Twilio's time of a text whose webhook never came; a timestamp of Postgres keeps its microseconds. */
  sentAt?: Date | string;
}

/** What the call returns, as far as tests ask. */
export interface ReceivedRow {
  outcome: string;
  conversation_id: string | null;
  conversation_status: string | null;
  message_id: string | null;
  reply_due_in_ms: number | null;
  work_is_due: boolean;
  warnings: string[];
}

/** Takes a text in, in one database call. The time is sent as text, because the client cuts a timestamp to ms. */
export async function receiveText(
  sql: postgres.Sql | postgres.TransactionSql,
  { channel = "sms", recruit_phone, twilio_phone }: TextParties,
  body: string,
  { sid = newSid(), optOutType, payload = {}, turnWaitSeconds = 0, sentAt }: TextOptions = {},
): Promise<ReceivedRow> {
  const { verdict, source } = judgeText({
    body,
    channel: channel as Channel,
    twilioPhone: twilio_phone,
    optOutType,
  });
  const [row] = await sql<ReceivedRow[]>`
    select * from recruiting_receive_message(message_sid => ${sid}, channel => ${channel},
      recruit_phone => ${recruit_phone}, twilio_phone => ${twilio_phone}, payload => ${
    JSON.stringify(payload)
  },
      verdict => ${verdict}, body => ${body}, consent_source => ${source ?? "keyword"},
      turn_wait_seconds => ${turnWaitSeconds}, sent_at => ${
    sentAt instanceof Date ? sentAt.toISOString() : sentAt ?? null
  }::text::timestamptz)`;
  return row;
}
