/**
 * What is measured: the product, the obvious alternative and the floor, each with its functions, its
 * database and its rows.
 *
 * @module
 */
import type postgres from "postgres";
import { fileURLToPath } from "node:url";
import { PRODUCT_DATABASE } from "./databases.ts";
import {
  agentIdOf,
  AGENTS,
  type Conversation,
  type Message,
  TWILIO_PHONE,
  type Webhook,
} from "./requests.ts";

/** A contender. */
export interface Contender {
  name: "product" | "quickstart" | "floor";
  /** Its database. */
  database: string;
  /** The path of a function's index.ts. */
  entry(webhook: Webhook): string;
  /** The path of the deno.json that names its packages. */
  config: string;
  /** Writes the rows that exist before the first request. */
  seed(
    sql: postgres.Sql,
    conversations: Conversation[],
    messages: Message[],
  ): Promise<void>;
  /** Selects what it has stored, a text for each row, in columns that every contender has. */
  rows: string;
}

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Batches keep one transaction's locks below what Postgres has room for. */
const SEED_BATCH = 500;

async function inBatches<Row>(rows: Row[], write: (batch: string) => Promise<unknown>) {
  for (let first = 0; first < rows.length; first += SEED_BATCH) {
    await write(JSON.stringify(rows.slice(first, first + SEED_BATCH)));
  }
}

const CONVERSATION_COLUMNS = `"id" uuid, "recruitPhone" text, "agentId" uuid`;
const MESSAGE_COLUMNS = `"messageSid" text, "conversation" jsonb`;

async function seedProduct(
  sql: postgres.Sql,
  conversations: Conversation[],
  messages: Message[],
) {
  const agents = Array.from({ length: AGENTS }, (_, index) => ({ id: agentIdOf(index) }));
  await sql.unsafe(
    `
    with users as (
      insert into auth.users (id, email)
      select id, id || '@example.com' from jsonb_to_recordset($1::text::jsonb) as _ (id uuid) returning id
    )
    insert into recruiting_agents (user_id, display_name) select id, 'A. Gent' from users`,
    [JSON.stringify(agents)],
  );
  await inBatches(conversations, (batch) =>
    sql.unsafe(
      `
      insert into recruiting_conversations (id, recruit_phone, twilio_phone, status, assigned_agent_id)
      select "id", "recruitPhone", '${TWILIO_PHONE}',
        (case when "agentId" is null then 'bot' else 'escalated' end)::recruiting_conversation_status, "agentId"
      from jsonb_to_recordset($1::text::jsonb) as _ (${CONVERSATION_COLUMNS})`,
      [batch],
    ));
  await inBatches(messages, (batch) =>
    sql.unsafe(
      `
      insert into recruiting_messages
        (conversation_id, direction, sender_type, agent_id, body, num_segments, status, message_sid)
      select (conversation ->> 'id')::uuid, 'outbound',
        (case when conversation ->> 'agentId' is null then 'bot' else 'agent' end)::recruiting_sender_type,
        (conversation ->> 'agentId')::uuid, 'See you on Tuesday', 1, 'sent', "messageSid"
      from jsonb_to_recordset($1::text::jsonb) as _ (${MESSAGE_COLUMNS})`,
      [batch],
    ));
}

async function seedReference(
  sql: postgres.Sql,
  conversations: Conversation[],
  messages: Message[],
) {
  await inBatches(conversations, (batch) =>
    sql.unsafe(
      `
      insert into conversations (id, recruit_phone, twilio_phone, status, assigned_agent_id)
      select "id", "recruitPhone", '${TWILIO_PHONE}',
        case when "agentId" is null then 'bot' else 'escalated' end, "agentId"
      from jsonb_to_recordset($1::text::jsonb) as _ (${CONVERSATION_COLUMNS})`,
      [batch],
    ));
  await inBatches(messages, (batch) =>
    sql.unsafe(
      `
      insert into messages (conversation_id, direction, body, num_segments, status, message_sid)
      select (conversation ->> 'id')::uuid, 'outbound', 'See you on Tuesday', 1, 'sent', "messageSid"
      from jsonb_to_recordset($1::text::jsonb) as _ (${MESSAGE_COLUMNS})`,
      [batch],
    ));
}

/** The rows of tables that have different names and the same columns. */
const rowsOf = (conversations: string, messages: string, events: string) => `
  select concat_ws(' ', 'message', message_sid, conversation_id, direction, status, num_segments,
    md5(body), media, delivered_at is not null) as row
  from ${messages}
  union all
  select concat_ws(' ', 'conversation', c.id, c.last_message_at >= m.created_at, c.last_message_at <= m.created_at)
  from ${conversations} c join lateral (
    select max(created_at) as created_at from ${messages} m where m.conversation_id = c.id and m.direction = 'inbound'
  ) m on m.created_at is not null
  union all
  select concat_ws(' ', 'event', message_sid, twilio_status, error_code, payload) from ${events}
  union all
  select concat_ws(' ', 'broadcast', topic, event, private, m.message_sid, b.payload ->> 'status', b.payload ->> 'body')
  from realtime.messages b join ${messages} m on m.id = (b.payload ->> 'message_id')::uuid`;

const reference = (name: "quickstart" | "floor"): Contender => ({
  name,
  database: name,
  entry: (webhook) => path(`contenders/${name}/${webhook}/index.ts`),
  config: path("../../deno.json"),
  seed: seedReference,
  rows: rowsOf("conversations", "messages", "message_events"),
});

/** All contenders. */
export const CONTENDERS: Contender[] = [
  {
    name: "product",
    database: PRODUCT_DATABASE,
    entry: (webhook) => path(`../../supabase/functions/${webhook}/index.ts`),
    config: path("../../supabase/functions/deno.json"),
    seed: seedProduct,
    rows: rowsOf(
      "recruiting_conversations",
      "recruiting_messages",
      "recruiting_message_events",
    ),
  },
  reference("quickstart"),
  reference("floor"),
];
