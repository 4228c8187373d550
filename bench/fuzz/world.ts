/**
 * The rows that the fuzzer's requests refer to: conversations in each status, and outbound
 * messages. They are the same in every run, so that a seed makes the same requests.
 *
 * @module
 */
import type postgres from "postgres";
import { PHONE_PREFIX } from "./odd_values.ts";

/** The addresses and ids that requests may name. */
export interface World {
  /** The platform's number. */
  sender: string;
  /** The phones of recruits with a conversation. */
  recruits: string[];
  /** The SIDs of outbound messages. */
  messageSids: string[];
  /** The ids of outbound messages without a SID. */
  messageIds: string[];
}

const SENDER = "+15550100000";
const STATUSES = ["bot", "escalated", "closed"];
const RECRUITS_PER_STATUS = 4;
const MESSAGES = 40;

const hex = (number: number, length: number) => number.toString(16).padStart(length, "0");

/** The world of every run. createWorld() writes its rows. */
export const WORLD: World = {
  sender: SENDER,
  recruits: STATUSES.flatMap((_, status) =>
    Array.from(
      { length: RECRUITS_PER_STATUS },
      (_, index) => `${PHONE_PREFIX}${1000 + 100 * status + index}`,
    )
  ),
  messageSids: Array.from({ length: MESSAGES }, (_, index) => `SMf022${hex(index, 28)}`),
  messageIds: Array.from(
    { length: MESSAGES },
    (_, index) => `f0220000-0000-4000-8000-${hex(index, 12)}`,
  ),
};

/** Writes the rows. */
export async function createWorld(sql: postgres.Sql): Promise<void> {
  const conversations: string[] = [];
  for (const [index, phone] of WORLD.recruits.entries()) {
    const status = STATUSES[Math.floor(index / RECRUITS_PER_STATUS)];
    const [{ id }] = await sql`
      select recruiting_start_conversation(
        channel => 'sms', recruit_phone => ${phone}, twilio_phone => ${SENDER}, status => ${status}
      ) as id`;
    conversations.push(id);
  }
  for (let index = 0; index < MESSAGES; index++) {
    const conversation = conversations[index % conversations.length];
    await sql`
      insert into recruiting_messages
        (id, conversation_id, direction, sender_type, body, status, message_sid, begun_at)
      values
        (gen_random_uuid(), ${conversation}, 'outbound', 'bot', 'Hi', 'queued',
          ${WORLD.messageSids[index]}, now()),
        (${
      WORLD.messageIds[index]
    }, ${conversation}, 'outbound', 'agent', 'Hi', 'queued', null, now())`;
  }
}

/** Deletes the rows, and the rows that requests have written since a time. */
export async function removeWorld(sql: postgres.Sql, since: Date): Promise<void> {
  const phones = `${PHONE_PREFIX}%`;
  await sql`delete from recruiting_conversations where recruit_phone like ${phones}`;
  await sql`delete from recruiting_unmatched_messages where received_at >= ${since}`;
  await sql`delete from recruiting_message_events where received_at >= ${since}`;
  await sql`delete from recruiting_opt_outs where opted_out_at >= ${since}`;
}
