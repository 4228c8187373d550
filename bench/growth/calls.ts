/**
 * The calls that are measured, as the functions, the schedule and an agent's screen make them.
 *
 * tests/webhooks/database_cost_test.ts counts the pages and the WAL of the same calls: a change here changes its
 * figures, too.
 *
 * @module
 */
import type postgres from "postgres";
import { AGENT_ID } from "./fill.ts";

/** One kind of call. */
export interface Call {
  label: string;
  /** The obvious alternative: statements, of which the last one is measured, in a transaction that is rolled back. */
  alternative?(statement: string): string[];
  /** Whether it is measured once more when many messages were sent since the last vacuum. */
  isWorn?: boolean;
  /** Whether an agent makes it, under the policies. */
  isAgent?: boolean;
  /** Makes what the call needs, unmeasured. Returns the statement. */
  prepare(sql: postgres.Sql, number: number): Promise<string>;
}

/** The payload of a status callback, as Twilio posts it. */
const callbackOf = (sid: string, status: string, phone: string) =>
  JSON.stringify({
    ApiVersion: "2010-04-01",
    AccountSid: `AC${"0".repeat(32)}`,
    MessageSid: sid,
    SmsSid: sid,
    SmsStatus: status,
    MessageStatus: status,
    From: "+15550100000",
    To: phone,
  });

const newSid = () => `SM${crypto.randomUUID().replaceAll("-", "")}`;

/** The inbound call of a text, with all arguments that sms-inbound gives. */
export function inboundCall(
  { phone, number, body, verdict }: {
    phone: string;
    number: string;
    body: string;
    verdict: string;
  },
): string {
  const sid = newSid();
  const payload = JSON.stringify({
    ToCountry: "US",
    SmsMessageSid: sid,
    NumMedia: "0",
    SmsSid: sid,
    SmsStatus: "received",
    Body: body,
    To: number,
    NumSegments: "1",
    MessageSid: sid,
    AccountSid: `AC${"0".repeat(32)}`,
    From: phone,
    ApiVersion: "2010-04-01",
  });
  return `select * from public.recruiting_receive_message(message_sid => '${sid}', channel => 'sms',
    recruit_phone => '${phone}', twilio_phone => '${number}', payload => '${payload}', verdict => '${verdict}',
    body => '${body}', media => '[]', num_segments => 1, consent_source => 'keyword', turn_wait_seconds => 2)`;
}

/** The status call of a callback, with all arguments that sms-status gives. */
export function statusCall(
  { id, sid, phone, status }: { id: string; sid: string; phone: string; status: string },
): string {
  return `select * from public.recruiting_record_message_status(message_sid => '${sid}',
    twilio_status => '${status}', channel => 'sms', payload => '${callbackOf(sid, status, phone)}',
    message_id => '${id}')`;
}

const BODY = "Hi, is the night shift in Denver still open? I could start next week.";

/** A text to one of the conversations that a condition allows, spread over all of them. */
const textTo = (condition: string, { body = BODY, verdict = "reply" } = {}) => {
  let found: { phone: string; number: string }[] | undefined;
  return async (sql: postgres.Sql) => {
    found ??= await sql.unsafe(`
      select recruit_phone as phone, twilio_phone as number from recruiting_conversations
      where ${condition} order by md5(id::text) limit 60`);
    return inboundCall({ ...found!.shift()!, body, verdict });
  };
};

/** "delivered" for a sent message of a conversation that a condition allows, spread over all of them. */
const delivered = (condition: string) => {
  let found: { id: string; sid: string; phone: string }[] | undefined;
  return async (sql: postgres.Sql) => {
    found ??= await sql.unsafe(`
      select m.id, m.message_sid as sid, c.recruit_phone as phone
      from (select max(seq) from recruiting_messages) as last, (
        select 'SM' || md5('sid' || (19 * n + 5)) as sid
        from generate_series(0, (select reltuples::bigint / 19 from pg_class where relname = 'recruiting_messages')) n
        order by md5(n::text) limit 1000
      ) lost
      join recruiting_messages m on m.message_sid = lost.sid
      join recruiting_conversations c on c.id = m.conversation_id
      where m.status = 'sent' and ${condition} limit 60`);
    const target = found!.shift()!;
    // As a message has it that was just sent.
    await sql`update recruiting_messages set status_check_at = now() + interval '15 minutes' where id = ${target.id}`;
    return statusCall({ ...target, status: "delivered" });
  };
};

/** A conversation with the bot, anywhere in the table. */
const ONE_BOT = `(
  select id from recruiting_conversations
  where id > ('0' || substr(gen_random_uuid()::text, 2))::uuid
    and status = 'bot' and opted_out_at is null and reply_due_at is null
  order by id limit 1
)`;

/** "sent" for a message that Twilio has just accepted. */
const sent = async (sql: postgres.Sql) => {
  const sid = newSid();
  const [target] = await sql.unsafe(`
    insert into recruiting_messages (
      conversation_id, direction, sender_type, body, status, outbox_kind, message_sid, begun_at, status_check_at
    )
    select id, 'outbound', 'bot', 'Which day next week would suit you best for a short call?', 'queued', 'reply',
      '${sid}', now(), now() + interval '15 minutes'
    from (select ${ONE_BOT} as id) c
    returning id`);
  return statusCall({ id: target.id, sid, phone: "+15550000001", status: "sent" });
};

/** Texts as Twilio's log lists them: so many that are stored, spread over all. */
const listed = async (sql: postgres.Sql, direction: "inbound" | "outbound") => {
  const [{ list }] = await sql.unsafe(`
    select jsonb_agg(jsonb_build_object(
      'sid', m.message_sid, 'channel', c.channel, 'recruit_phone', c.recruit_phone, 'twilio_phone', c.twilio_phone,
      'sent_at', m.created_at, 'date_created', m.created_at, 'verdict', 'reply'
    ))::text as list
    from (
      select m.* from (
        select 'SM' || md5('sid' || ceil(random() * reltuples)::bigint) as sid
        from pg_class, generate_series(1, 1000) where relname = 'recruiting_messages'
      ) s
      join recruiting_messages m on m.message_sid = s.sid where m.direction = '${direction}' limit 100
    ) m join recruiting_conversations c on c.id = m.conversation_id`);
  return list as string;
};

/** Ends the turns of earlier calls: a live lease is passed over by each claim. */
const FORGET_TURNS = `
  update recruiting_conversations set reply_pending_since = null, reply_pending_seq = null, reply_due_at = null,
    turn_token = null, turn_expires_at = null
  where reply_due_at is not null`;

const claim = async () =>
  await Promise.resolve(
    `select * from public.recruiting_claim_due_work('${crypto.randomUUID()}')`,
  );

const alternative = (name: string) =>
  Deno.readTextFileSync(new URL(`../alternatives/${name}.sql`, import.meta.url));

/** Without a due time on the row: messages that were begun a minute ago and are still queued. */
const QUEUED_FOR_A_MINUTE = `
  select id from recruiting_messages
  where direction = 'outbound' and status = 'queued' and begun_at < now() - interval '1 minute'
  order by begun_at limit 1 for update skip locked`;

/** Without an index for it: conversations whose newest message is the recruit's. */
const WAITING = `
  select c.id from recruiting_conversations c
  join lateral (
    select direction from recruiting_messages m where m.conversation_id = c.id order by seq desc limit 1
  ) newest on newest.direction = 'inbound'
  where c.status = 'escalated'`;

/** All calls that are measured, for one database. */
export const growthCalls = (): Call[] => [
  {
    label: "inbound, the bot answers",
    prepare: textTo("status = 'bot' and opted_out_at is null"),
  },
  {
    label: "inbound, broadcast",
    isWorn: true,
    prepare: textTo("status <> 'bot' and opted_out_at is null"),
  },
  { label: "status sent, the bot answers", prepare: sent },
  { label: "status delivered, the bot answers", prepare: delivered("c.status = 'bot'") },
  {
    label: "status delivered, broadcast",
    isWorn: true,
    prepare: delivered("c.status <> 'bot'"),
  },
  {
    label: "STOP",
    prepare: textTo("status = 'bot' and opted_out_at is null", { body: "STOP", verdict: "stop" }),
  },
  {
    label: "text without a conversation",
    prepare: (_, number) =>
      Promise.resolve(inboundCall({
        phone: `+1558${String(number).padStart(9, "0")}`,
        number: "+15550100000",
        body: BODY,
        verdict: "reply",
      })),
  },
  {
    label: "inbox, newest 50 of an agent's 10,000",
    isAgent: true,
    alternative: (statement) => [alternative("inbox"), statement],
    prepare: () =>
      Promise.resolve(
        `select * from recruiting_conversations where assigned_agent_id = '${AGENT_ID}'
        order by last_message_at desc limit 50`,
      ),
  },
  {
    label: "claim, nothing is due",
    isWorn: true,
    prepare: async (sql) => {
      await sql.unsafe(FORGET_TURNS);
      return await claim();
    },
  },
  {
    label: "claim, a turn is due",
    prepare: async (sql) => {
      await sql.unsafe(FORGET_TURNS);
      await sql.unsafe(`
        update recruiting_conversations set
          reply_pending_since = now(), reply_pending_seq = last_seq, reply_due_at = now()
        where id = ${ONE_BOT}`);
      return await claim();
    },
  },
  {
    label: "claim, an unconfirmed send is due",
    alternative: () => [QUEUED_FOR_A_MINUTE],
    prepare: async (sql) => {
      await sql`update recruiting_messages set confirm_due_at = null where confirm_due_at is not null`;
      await sql.unsafe(`
        insert into recruiting_messages (
          conversation_id, direction, sender_type, body, status, outbox_kind, begun_at, confirm_due_at
        )
        select id, 'outbound', 'bot', 'Hello', 'queued', 'reply', now() - interval '1 minute', now()
        from (select ${ONE_BOT} as id) c`);
      return await claim();
    },
  },
  {
    label: "reconcile: begin, of Twilio's log",
    prepare: () =>
      Promise.resolve(
        "select * from public.recruiting_begin_log_comparison(comparison_token => gen_random_uuid(), at_once => true)",
      ),
  },
  {
    label: "reconcile: 100 listed texts, all stored",
    prepare: async (sql) =>
      `select * from public.recruiting_find_missing_texts('${await listed(sql, "inbound")}')`,
  },
  {
    label: "reconcile: 100 listed messages of ours",
    prepare: async (sql) =>
      `select * from public.recruiting_find_provisional_failures('${await listed(
        sql,
        "outbound",
      )}')`,
  },
  {
    label: "reconcile: 50 status checks",
    isWorn: true,
    prepare: async (sql) => {
      await sql`update recruiting_messages set status_check_at = null where status_check_at is not null`;
      await sql.unsafe(`
        update recruiting_messages m set status_check_at = now() - interval '1 second',
          begun_at = now() - interval '20 minutes'
        from (
          select m.id from (
            select 'SM' || md5('sid' || (19 * ceil(random() * reltuples / 19)::bigint + 5)) as sid
            from pg_class, generate_series(1, 1000) where relname = 'recruiting_messages'
          ) s
          join recruiting_messages m on m.message_sid = s.sid where m.status = 'sent' limit 50
        ) lost where lost.id = m.id`);
      return "select * from public.recruiting_claim_status_checks(claim_token => gen_random_uuid())";
    },
  },
  {
    label: "attention, as an agent",
    isWorn: true,
    isAgent: true,
    prepare: () => Promise.resolve("select * from recruiting_attention"),
  },
  {
    label: "attention, as the platform",
    alternative: () => [WAITING],
    prepare: () => Promise.resolve("select * from recruiting_attention"),
  },
  {
    label: "prune, 100 events",
    alternative: (statement) => ["drop index recruiting_message_events_unpruned", statement],
    prepare: () => Promise.resolve("select public.recruiting_prune(batch => 100)"),
  },
];
