/**
 * Fills a database with the messages of two years.
 *
 * Whole tables are inserted without triggers and without indexes, which are created afterwards. What the triggers
 * would have stored is in the rows: seq, last_seq, status_seq, waiting_since, opted_out_at, the locks' rows and the counts of
 * open conversations.
 *
 * @module
 */
import type postgres from "postgres";

/** Messages in a conversation. */
const TEXTS = 10;

/** The fewest conversations with messages: enough for every call that is measured. */
const FEWEST = 1_000;

/** Conversations that go on at the same time: their messages are stored in turn. */
const AT_ONCE = 1_000;

/** What does not grow with the number of messages. */
const STEADY = {
  /** The conversations of the agent whose inbox is read. */
  inbox: 10_000,
  /** The newest conversations, half of them escalated. */
  open: 1_000,
  /** Unmatched texts at least; else 1 for each 100 messages. */
  unmatched: 2_000,
  /** Messages whose events keep their payload although they are older than retention asks. */
  unpruned: 1_500,
  /** About as many failed messages that no later message of the same sender has followed. */
  failures: 100,
};

/** The numbers of rows. */
export interface Size {
  messages: number;
  conversations: number;
  /** The first conversation with messages is the one after so many. */
  silent: number;
  inbox: number;
}

/** Rounds a number of messages, so that all conversations with messages have the same number of them. */
export function sizeOf(messages: number, share: number): Size {
  const texting = Math.max(FEWEST, Math.round(messages * share / TEXTS));
  const inbox = Math.max(100, Math.round(STEADY.inbox * share));
  const conversations = Math.max(texting, 2 * inbox);
  return { messages: texting * TEXTS, conversations, silent: conversations - texting, inbox };
}

/** The agent whose inbox is read. */
export const AGENT_ID = "00000001-0000-4000-8000-000000000000";

/** A table, how many rows it gets, and the rows. */
type Step = [table: string, statement: string];

/** Expressions in SQL, of a conversation's number `i` or a message's number `n`, both from 1 on. */
const PHONE = "'+1555' || lpad(i::text, 9, '0')";
const NUMBER = "'+155501000' || lpad((i % 20)::text, 2, '0')";
const CONVERSATION_ID = "md5('conversation' || i)::uuid";
const agentNumber = ({ conversations, inbox }: Size) =>
  `case when i > ${conversations - STEADY.open} then case when i % 20 <> 2 then i % 20 + 1 end
     when i % ${Math.floor(conversations / inbox)} = 0 then 1
     when i % 7 <> 3 then i % 19 + 2 end`;
const agentId = (number: string) =>
  `(lpad((${number})::text, 8, '0') || '-0000-4000-8000-000000000000')::uuid`;
const statusOf = ({ conversations }: Size) =>
  `case when i > ${conversations - STEADY.open} and i % 2 = 0 then 'escalated'
     when i % 5 in (1, 3) then 'bot' else 'closed' end`;
const OPTED_OUT = "i % 50 = 7";
/** The recruit wrote the message with this seq. */
const isInbound = (seq: string) => `(${seq} + i / 2) % 2 = 1`;
/** The last text came after the closing. */
const textedAfterClosing = ({ conversations }: Size) =>
  `i > ${conversations - STEADY.open} and i % 10 = 5`;

/** The time of message n of the last two years. */
const timeOf = (n: string, { messages }: Size) =>
  `now() - interval '1 minute' - interval '730 days' * (1 - (${n})::float8 / ${messages})`;

function steps(size: Size): Step[] {
  const { messages, conversations, silent } = size;
  const atOnce = Math.min(AT_ONCE, conversations - silent);
  const block = atOnce * TEXTS;
  /** The number of the last message of conversation i. */
  const last =
    `((i - ${silent} - 1) / ${atOnce} + 1) * ${block} - ${atOnce} + (i - ${silent} - 1) % ${atOnce} + 1`;
  const unmatched = Math.max(STEADY.unmatched, Math.round(messages / 100));
  const message = `
    select *, md5('message' || n)::uuid as id, 'SM' || md5('sid' || n) as sid, ${
    isInbound("s")
  } as is_inbound,
      ${statusOf(size)} as conversation_status, ${timeOf("n", size)} as at,
      -- The next message of the same sender went out, but after the newest failures.
      n % 23 = 9 and (s < 5 or i > ${conversations} - ${STEADY.failures * 10}) as has_failed,
      n % 19 = 5 as lost_callback
    from (
      select n, ${silent} + (n - 1) / ${block} * ${atOnce} + (n - 1) % ${atOnce} + 1 as i,
        (n - 1) % ${block} / ${atOnce} + 1 as s
      from generate_series(1, ${messages}) n
    ) numbered`;
  const payload = `case when at > now() - interval '90 days' or n > ${
    Math.floor(messages * (1 - 90 / 730)) - STEADY.unpruned * 2
  } then jsonb_build_object(
      'ApiVersion', '2010-04-01', 'AccountSid', 'AC00000000000000000000000000000000', 'MessageSid', sid,
      'SmsSid', sid, 'SmsStatus', twilio_status, 'MessageStatus', twilio_status, 'From', '+15550100000',
      'To', ${PHONE}
    ) else '{}' end`;
  return [
    [
      "auth.users",
      `
      insert into auth.users (id, aud, role, email)
      select ${agentId("a")}, 'authenticated', 'authenticated', 'agent-' || a || '@example.com'
      from generate_series(1, 20) a`,
    ],
    [
      "public.recruiting_agents",
      `
      insert into public.recruiting_agents (user_id, display_name)
      select ${agentId("a")}, 'Agent ' || a from generate_series(1, 20) a`,
    ],
    [
      "public.recruiting_senders",
      `
      insert into public.recruiting_senders (address, display_name, bot_instructions)
      select ${NUMBER}, 'Northwind Recruiting', 'You recruit warehouse associates in Denver.'
      from generate_series(1, 20) i`,
    ],
    [
      "public.recruiting_conversations",
      `
      insert into public.recruiting_conversations (
        id, recruit_phone, twilio_phone, recruit_name, status, assigned_agent_id, escalation_reason, escalated_at,
        opted_out_at, last_seq, status_seq, last_message_at, waiting_since, created_at, updated_at
      )
      select ${CONVERSATION_ID}, ${PHONE}, ${NUMBER}, 'Recruit ' || i,
        status::public.recruiting_conversation_status, ${agentId("agent")},
        case when status <> 'bot' then 'The recruit asks for a person' end, case when status <> 'bot' then at end,
        case when ${OPTED_OUT} then at end, seq,
        case status when 'bot' then 0 when 'escalated' then greatest(seq - 2, 0)
          else seq - case when ${textedAfterClosing(size)} then 1 else 0 end end,
        at, case when seq > 0 and not (${OPTED_OUT}) and ${isInbound("seq")}
          and (status = 'escalated' or status = 'closed' and ${
        textedAfterClosing(size)
      }) then at end,
        at - interval '10 days', at
      from (
        select i, ${statusOf(size)} as status, ${agentNumber(size)} as agent,
          case when i > ${silent} then ${TEXTS} else 0 end as seq,
          case when i > ${silent} then ${timeOf(last, size)}
            else now() - interval '731 days' end as at
        from generate_series(1, ${conversations}) i
      ) c
      -- An agent's conversations are not neighbours.
      order by hashint8(i)`,
    ],
    [
      "private.phone_locks",
      `
      insert into private.phone_locks (phone_hash)
      select private.phone_lock_hash(${PHONE}) from generate_series(1, ${conversations}) i
      union select private.phone_lock_hash('+1559' || lpad(u::text, 9, '0')) from generate_series(1, ${unmatched}) u`,
    ],
    [
      "private.open_conversations",
      `
      insert into private.open_conversations (agent_id, conversations)
      select assigned_agent_id, count(*) from public.recruiting_conversations
      where status <> 'closed' and assigned_agent_id is not null group by 1`,
    ],
    [
      "public.recruiting_messages",
      `
      insert into public.recruiting_messages (
        id, seq, conversation_id, direction, sender_type, agent_id, body, status, message_sid, outbox_kind, to_phone,
        begun_at, num_segments, verdict, answers_seq, error_code, sent_at, delivered_at, failed_at, attention_since, created_at
      )
      select id, s, ${CONVERSATION_ID},
        case when is_inbound then 'inbound' else 'outbound' end::public.recruiting_direction,
        case when is_inbound then 'recruit' when conversation_status = 'bot' or s < ${
        TEXTS - 3
      } then 'bot'
          else 'agent' end::public.recruiting_sender_type,
        case when not is_inbound and conversation_status <> 'bot' and s >= ${TEXTS - 3} then ${
        agentId("i % 20 + 1")
      } end,
        case when is_inbound then 'Hi, is the night shift in Denver still open? I could start next week.'
          else 'Yes, it is! It pays 21 dollars an hour. Which day next week would suit you best for a short call?' end,
        case when is_inbound then 'received' when has_failed then 'failed' when lost_callback then 'sent'
          else 'delivered' end::public.recruiting_message_status,
        sid, case when not is_inbound then 'reply' end::public.recruiting_outbox_kind,
        case when not is_inbound then ${PHONE} end, case when not is_inbound then at end,
        case when is_inbound then 1 else 2 end,
        case when is_inbound then 'reply' end::public.recruiting_verdict,
        case when not is_inbound and conversation_status = 'bot' then s - 1 end,
        case when not is_inbound and has_failed then '30003' end,
        case when not is_inbound then at end,
        case when not is_inbound and not has_failed and not lost_callback then at end,
        case when not is_inbound and has_failed then at end, case when not is_inbound and has_failed and s >= 5 then at end, at
      from (${message}) m`,
    ],
    [
      "public.recruiting_message_events",
      `
      insert into public.recruiting_message_events (message_sid, twilio_status, event, error_code, payload, received_at)
      select sid, twilio_status, 'sms_' || twilio_status, case when twilio_status = 'undelivered' then '30003' end,
        ${payload}, at + interval '1 second' * number
      from (${message}) m
      cross join lateral (
        values ('sent', 1), (case when has_failed then 'undelivered' when not lost_callback then 'delivered' end, 2)
      ) e (twilio_status, number)
      where not is_inbound and twilio_status is not null`,
    ],
    [
      "public.recruiting_unmatched_messages",
      `
      insert into public.recruiting_unmatched_messages (
        message_sid, payload, reason, received_at, channel, recruit_phone, twilio_phone, body, media, num_segments,
        verdict, asks_for
      )
      select 'SM' || md5('unmatched' || i), '{"Body": "Is this Northwind?"}', 'no_conversation',
        now() - interval '80 days' * (i::float8 / ${unmatched}), 'sms', '+1559' || lpad(i::text, 9, '0'), ${NUMBER},
        'Is this Northwind?', '[]', 1, 'reply', 'reply'
      from generate_series(1, ${unmatched}) i`,
    ],
    [
      "public.recruiting_consent_events",
      `
      insert into public.recruiting_consent_events (
        phone, channel, kind, source, message_sid, twilio_phone, occurred_at, recorded_at
      )
      select canonical_phone, 'sms', 'opt_out', 'keyword', 'SM' || md5('stop' || id), twilio_phone, opted_out_at,
        opted_out_at
      from public.recruiting_conversations where opted_out_at is not null`,
    ],
    [
      "public.recruiting_opt_outs",
      `
      insert into public.recruiting_opt_outs (recruit_phone, twilio_phone, opted_out_at, message_sid, reason)
      select phone, twilio_phone, occurred_at, message_sid, 'keyword' from public.recruiting_consent_events`,
    ],
    [
      "realtime.messages",
      `
      insert into realtime.messages (topic, extension, payload, event, private, inserted_at)
      select 'agent:' || ${agentId("b % 20 + 1")}, 'broadcast',
        jsonb_build_object('conversation_id', gen_random_uuid(), 'body', repeat('text ', 30)), 'message_received', true,
        date_trunc('day', now()) + (now() - date_trunc('day', now())) * (b::float8 / ${
        messages / 100 + 1
      })
      from generate_series(1, ${Math.round(messages / 100)}) b`,
    ],
  ];
}

/**
 * The biggest tables: their constraints and indexes are created when all rows are in. Nothing refers to them. Checks
 * hold for the rows that the bench adds later; checking a SID's format takes longer than inserting the row.
 */
const BIG = ["public.recruiting_messages", "public.recruiting_message_events"];

/** The statements that drop and create again all constraints and indexes of a table. */
async function constraintsOf(sql: postgres.Sql, table: string) {
  const constraints = await sql<{ name: string; definition: string }[]>`
    select quote_ident(conname) as name,
      pg_get_constraintdef(oid) || case contype when 'c' then ' not valid' else '' end as definition
    from pg_constraint where conrelid = ${table}::regclass and contype in ('p', 'u', 'c')`;
  const indexes = await sql<{ name: string; definition: string }[]>`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
    where indrelid = ${table}::regclass
      and not exists (select from pg_constraint c where c.conindid = indexrelid and c.conrelid = indrelid)`;
  return {
    drop: [
      ...constraints.map(({ name }) => `alter table ${table} drop constraint ${name}`),
      ...indexes.map(({ name }) => `drop index ${name}`),
    ],
    create: [
      ...constraints.map(({ name, definition }) =>
        `alter table ${table} add constraint ${name} ${definition}`
      ),
      ...indexes.map(({ definition }) => definition),
    ],
  };
}

/** The number of changed rows after which autovacuum comes to a table. */
async function vacuumThreshold(sql: postgres.Sql, table: string): Promise<number> {
  const [{ threshold }] = await sql`
    select coalesce(max(option_value) filter (where option_name = 'autovacuum_vacuum_threshold'), '50')::float8
      + coalesce(max(option_value) filter (where option_name = 'autovacuum_vacuum_scale_factor'), '0.2')::float8
      * max(reltuples) as threshold
    from pg_class left join lateral pg_options_to_table(reloptions) on true where oid = ${table}::regclass`;
  return threshold;
}

/**
 * Sends as many messages and replies to as many texts as autovacuum lets pass, at most as many as there are. Each
 * message has had its due times, and each conversation a pending reply.
 *
 * @param sql A connection as superuser.
 * @see https://www.postgresql.org/docs/17/routine-vacuuming.html#AUTOVACUUM
 */
export async function wearOut(sql: postgres.Sql): Promise<void> {
  const due = (count: number) =>
    `now() - interval '1 hour' + place * interval '1 hour' / ${count + 1}`;
  // A message is updated three times: its SID comes, it is sent, it is delivered.
  const sends = Math.ceil(await vacuumThreshold(sql, "recruiting_messages") / 3);
  // A conversation twice: a text comes, and a reply goes out.
  const replies = Math.ceil(await vacuumThreshold(sql, "recruiting_conversations") / 2);
  await sql`set session_replication_role = replica`;
  await sql.unsafe(`
    create temp table worn_messages as
      select id, row_number() over () as place from recruiting_messages where direction = 'outbound' limit ${sends};
    create temp table worn_conversations as
      select id, row_number() over () as place from recruiting_conversations limit ${replies};
    analyze worn_messages; analyze worn_conversations`);
  await sql.unsafe(`
    update recruiting_messages m set confirm_due_at = ${due(sends)}, status_check_at = ${due(sends)}
      from worn_messages w where w.id = m.id`);
  await sql.unsafe(`
    update recruiting_messages m set confirm_due_at = null, status_check_at = null
      from worn_messages w where w.id = m.id`);
  await sql.unsafe(`
    update recruiting_conversations c set reply_due_at = ${
    due(replies)
  } from worn_conversations w where w.id = c.id`);
  await sql.unsafe(`
    update recruiting_conversations c set reply_due_at = null from worn_conversations w where w.id = c.id`);
  await sql`reset session_replication_role`;
  await sql`checkpoint`;
}

/**
 * Fills the tables of an empty database, and vacuums and analyzes them.
 *
 * @param sql A connection as superuser.
 * @param onProgress Receives each table, with how long it took, in ms.
 */
export async function fill(
  sql: postgres.Sql,
  size: Size,
  onProgress: (table: string, ms: number) => void = () => {},
): Promise<void> {
  await sql`select realtime.make_partitions()`;
  await sql`set session_replication_role = replica`;
  await sql`set maintenance_work_mem = '1GB'`;
  await sql`set work_mem = '256MB'`;
  for (const [table, statement] of steps(size)) {
    const begunAt = performance.now();
    const { drop, create } = BIG.includes(table)
      ? await constraintsOf(sql, table)
      : { drop: [], create: [] };
    for (const text of [...drop, statement, ...create]) await sql.unsafe(text);
    await sql.unsafe(`vacuum analyze ${table}`);
    onProgress(table, performance.now() - begunAt);
  }
  await sql`reset session_replication_role`;
}
