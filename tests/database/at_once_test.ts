/**
 * Every step of the project may run 30 times at once, and the database decides: each call gets its answer, and the
 * rows are those of one call after the other. The calls come from here and not from workers, so that all overlap.
 */
import type postgres from "postgres";
import { assert, assertEquals } from "../support/assert.ts";
import { type Call, type Commits, withCallers } from "../support/at_once.ts";
import { withOwnDatabase } from "../support/own_database.ts";
import { beginConversation, beginMessage, insertAgent } from "../support/own_rows.ts";
import { type ReceivedRow, receiveText } from "../support/receive_text.ts";
import { newPhone, newSid } from "../support/twilio.ts";

/** How many calls of one kind run at once. */
const TIMES = 30;

const OURS = "+15550100000";

/** Another number of ours. */
const OTHER = "+15550100005";

/** Makes the calls at once. Returns their answers, in the order of the calls. */
type Run = <Answer>(calls: Call<Answer>[]) => Promise<Answer[]>;

/** Prepares rows, makes the calls, and checks the answers and the rows that are left. */
type Race = (sql: postgres.Sql, atOnce: Run) => Promise<void>;

const repeat = <Item>(item: (index: number) => Item, count = TIMES): Item[] =>
  Array.from({ length: count }, (_, index) => item(index));

/** How often a list has each value. */
function tally(values: (string | null)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[`${value}`] = (counts[`${value}`] ?? 0) + 1;
  return counts;
}

/** Two spellings of a new Mexican phone: the canonical one first. */
function spellings(): [canonical: string, other: string] {
  const digits = newPhone().slice(-10);
  return [`+52${digits}`, `+521${digits}`];
}

/** The reply to these texts is due long after the test. */
const receive = (
  sql: postgres.TransactionSql,
  recruit_phone: string,
  body: string,
  { sid = newSid(), twilio_phone = OURS } = {},
) => receiveText(sql, { recruit_phone, twilio_phone }, body, { sid, turnWaitSeconds: 3600 });

/** The conversations of a phone in any spelling, with their texts in order. */
const conversationsOf = (sql: postgres.Sql, canonicalPhone: string) =>
  sql<{ id: string; last_seq: string; seqs: string[]; bodies: string[] }[]>`
    select c.id, c.last_seq, array_agg(m.seq order by m.seq) as seqs, array_agg(m.body order by m.seq) as bodies
    from recruiting_conversations c left join recruiting_messages m on m.conversation_id = c.id
    where c.canonical_phone = ${canonicalPhone} group by c.id`;

const unmatchedOf = (sql: postgres.Sql, phones: string[]) =>
  sql`select message_sid from recruiting_unmatched_messages where recruit_phone in ${sql(phones)}`;

/** A STOP or START a call, in both spellings and to both of our numbers. */
const stopsAndStarts = (phones: string[]) =>
  repeat((index): Call<ReceivedRow> => (tx) =>
    receive(tx, phones[index % 2], index % 3 ? "STOP" : "START", {
      twilio_phone: index % 4 < 2 ? OURS : OTHER,
    })
  );

/**
 * The opt-out that follows from the newest consent event, the one that is stored, and those of the conversations.
 * The opt-out is the first one since the last opt-in.
 */
async function optOutsOf(sql: postgres.Sql, phones: string[]) {
  const timesOf = (rows: postgres.Row[]): (string | null)[] => rows.map(({ at }) => at);
  return {
    newest: timesOf(
      await sql`
        select occurred_at::text as at from recruiting_consent_events stop
        where phone = ${phones[0]} and kind = 'opt_out' and occurred_at >= (
          select max(occurred_at) from recruiting_consent_events where phone = stop.phone and kind = 'opt_in')
        order by occurred_at limit 1`,
    ),
    optOuts: timesOf(
      await sql`
        select opted_out_at::text as at from recruiting_opt_outs where recruit_phone in ${
        sql(phones)
      }`,
    ),
    mirrored: timesOf(
      await sql`
        select opted_out_at::text as at from recruiting_conversations where canonical_phone = ${
        phones[0]
      }`,
    ),
  };
}

/** How often agents were told each event of a conversation. */
async function eventsOf(sql: postgres.Sql, conversationId: string) {
  const rows = await sql<{ event: string }[]>`
    select event from realtime.messages where payload ->> 'conversation_id' = ${conversationId}`;
  return tally(rows.map(({ event }) => event));
}

/** Reports a status of Twilio's. Returns the stored one. */
async function report(
  sql: postgres.TransactionSql,
  sid: string,
  twilioStatus: string,
  { code = null, messageId = null }: { code?: string | null; messageId?: string | null } = {},
): Promise<string | null> {
  const [{ message_status }] = await sql`
    select message_status from recruiting_record_message_status(message_sid => ${sid},
      twilio_status => ${twilioStatus}, channel => 'sms', error_code => ${code},
      message_id => ${messageId})`;
  return message_status;
}

/** Begins a message and stores its SID. */
async function sentMessage(sql: postgres.Sql) {
  const { id: conversationId } = await beginConversation(sql);
  const { id, begunAt } = await beginMessage(sql, conversationId);
  const sid = newSid();
  await sql`select recruiting_record_send(message_id => ${id}, begun_at => ${begunAt},
    message_sid => ${sid}, twilio_status => 'queued', num_segments => 1)`;
  return { id, conversationId, sid };
}

/** Begins a conversation. Returns its id. */
const start: (recruitPhone: string) => Call<string> = (recruitPhone) => async (sql) => {
  const [{ id }] = await sql`
    select recruiting_start_conversation(channel => 'sms', recruit_phone => ${recruitPhone},
      twilio_phone => ${OURS}) as id`;
  return id;
};

/** Makes a reply of each conversation due, whose worker is gone. */
const makeTurnsDue = (sql: postgres.Sql, ids: string[]) =>
  sql`update recruiting_conversations set reply_due_at = now() - interval '1 minute',
      reply_pending_since = now() - interval '2 minutes', reply_pending_seq = 1
    where id in ${sql(ids)}`;

/** Escalates a conversation. Returns its agent. */
const escalate: (conversationId: string) => Call<string> = (conversationId) => async (sql) => {
  const [{ agent_id }] = await sql`
    select recruiting_escalate_conversation(conversation_id => ${conversationId},
      reason => 'Asked for a person') as agent_id`;
  return agent_id;
};

const RACES: Record<string, Race> = {
  async "one MessageSid of a conversation: one row, and agents are told once"(sql, atOnce) {
    const { id, recruit_phone } = await beginConversation(sql, { status: "escalated" });
    const sid = newSid();
    const answers = await atOnce(repeat(() => (tx) => receive(tx, recruit_phone, "Hi", { sid })));
    assertEquals(tally(answers.map(({ outcome }) => outcome)), {
      received: 1,
      repeated: TIMES - 1,
    });
    assertEquals(new Set(answers.map(({ message_id }) => message_id)).size, 1);
    const [{ last_seq, seqs }] = await conversationsOf(sql, recruit_phone);
    assertEquals([last_seq, seqs], ["1", ["1"]]);
    assertEquals((await eventsOf(sql, id)).message_received, 1);
  },

  async "one MessageSid without a conversation: one row"(sql, atOnce) {
    const [phone, sid] = [newPhone(), newSid()];
    const answers = await atOnce(repeat(() => (tx) => receive(tx, phone, "Hi", { sid })));
    assertEquals(tally(answers.map(({ outcome }) => outcome)), { no_conversation: TIMES });
    assertEquals([...await unmatchedOf(sql, [phone])], [{ message_sid: sid }]);
  },

  async "different texts of one conversation: seq has no gap and no tie"(sql, atOnce) {
    const { recruit_phone } = await beginConversation(sql);
    const answers = await atOnce(repeat((index) => (tx) => receive(tx, recruit_phone, `${index}`)));
    assertEquals(tally(answers.map(({ outcome }) => outcome)), { received: TIMES });
    const [{ last_seq, seqs, bodies }] = await conversationsOf(sql, recruit_phone);
    assertEquals([last_seq, seqs], [`${TIMES}`, repeat((index) => `${index + 1}`)]);
    assertEquals(bodies.toSorted(), repeat((index) => `${index}`).toSorted());
  },

  async "texts while 5 calls begin their conversation: none is stranded"(sql, atOnce) {
    const [phone, other] = spellings();
    const text = (index: number): Call<string> => async (tx) =>
      (await receive(tx, phone, `${index}`)).outcome;
    const calls = repeat((index) =>
      index % 6 ? [text(index)] : [text(index), start(index % 12 ? other : phone)]
    ).flat();
    const answers = await atOnce(calls);
    const conversations = await conversationsOf(sql, phone);
    assertEquals(conversations.length, 1);
    const [{ id, bodies }] = conversations;
    const { received = 0, no_conversation = 0, ...started } = tally(answers);
    assertEquals([received + no_conversation, started], [TIMES, { [id]: 5 }]);
    assertEquals(bodies.toSorted(), repeat((index) => `${index}`).toSorted());
    assertEquals([...await unmatchedOf(sql, [phone, other])], []);
  },

  async "conversations of one recruit are begun in two spellings: one conversation"(sql, atOnce) {
    const phones = spellings();
    const answers = await atOnce(repeat((index) => start(phones[index % 2])));
    const rows = await sql`
      select id from recruiting_conversations where recruit_phone in ${sql(phones)}`;
    assertEquals(rows.length, 1);
    assertEquals(tally(answers), { [rows[0].id]: TIMES });
  },

  async "a stranger's first texts in two spellings, where the bot answers strangers: one conversation"(
    sql,
    atOnce,
  ) {
    await sql`insert into recruiting_senders (address, strangers) values (${OTHER}, 'bot')`;
    const phones = spellings();
    // Each text is delivered twice, first in one spelling and then in the other.
    const sids = repeat(() => newSid(), TIMES / 2);
    const answers = await atOnce(
      repeat((index) => (tx) =>
        receive(tx, phones[index % 2], "Jobs?", { sid: sids[index >> 1], twilio_phone: OTHER })
      ),
    );
    assertEquals(tally(answers.map(({ outcome }) => outcome)), { received: 15, repeated: 15 });
    const conversations = await conversationsOf(sql, phones[0]);
    assertEquals(conversations.map(({ seqs }) => seqs.length), [15]);
    assertEquals(tally(answers.map(({ conversation_id }) => conversation_id)), {
      [conversations[0].id]: TIMES,
    });
    assertEquals([...await unmatchedOf(sql, phones)], []);
  },

  async "one STOP: one opt-out"(sql, atOnce) {
    const { recruit_phone } = await beginConversation(sql);
    const sid = newSid();
    const answers = await atOnce(repeat(() => (tx) => receive(tx, recruit_phone, "STOP", { sid })));
    assertEquals(tally(answers.map(({ outcome }) => outcome)), {
      received: 1,
      repeated: TIMES - 1,
    });
    const [{ opt_outs, consents }] = await sql`
      select (select array_agg(message_sid) from recruiting_opt_outs
          where recruit_phone = ${recruit_phone}) as opt_outs,
        (select array_agg(kind::text) from recruiting_consent_events where phone = ${recruit_phone}) as consents`;
    assertEquals([opt_outs, consents], [[sid], ["opt_out"]]);
  },

  async "STOP and START without a conversation: the newest counts"(sql, atOnce) {
    const phones = spellings();
    const answers = await atOnce(stopsAndStarts(phones));
    assertEquals(tally(answers.map(({ outcome }) => outcome)), { no_conversation: TIMES });
    const { newest, optOuts } = await optOutsOf(sql, phones);
    assertEquals(optOuts, newest);
  },

  async "STOP and START in two spellings on two numbers: the newest counts"(sql, atOnce) {
    const phones = spellings();
    await beginConversation(sql, { recruit_phone: phones[0] });
    await beginConversation(sql, { recruit_phone: phones[1], twilio_phone: OTHER });
    const answers = await atOnce(stopsAndStarts(phones));
    assertEquals(tally(answers.map(({ outcome }) => outcome)), { received: TIMES });
    const { newest, optOuts, mirrored } = await optOutsOf(sql, phones);
    assertEquals(optOuts, newest);
    assertEquals(mirrored, [newest[0] ?? null, newest[0] ?? null]);
  },

  async "sent, delivered and read, each 10 times: delivered, with three events"(sql, atOnce) {
    const { id, sid } = await sentMessage(sql);
    // Most come in the reverse order.
    const statuses = repeat((index) => ["read", "delivered", "sent"][Math.floor(index / 10)]);
    const answers = await atOnce(statuses.map((status) => (tx) => report(tx, sid, status)));
    const behind = answers.filter((answer, index) =>
      answer !== "delivered" && statuses[index] !== "sent"
    );
    assertEquals(behind, []);
    const [message] = await sql`
      select status, sent_at is not null and delivered_at is not null and read_at is not null as has_times
      from recruiting_messages where id = ${id}`;
    assertEquals({ ...message }, { status: "delivered", has_times: true });
    const events = await sql`
      select twilio_status from recruiting_message_events where message_sid = ${sid} order by 1`;
    assertEquals(events.map((event) => event.twilio_status), ["delivered", "read", "sent"]);
  },

  async "15 failures without the code and 15 with it: one escalation, with the code"(sql, atOnce) {
    await insertAgent(sql);
    const { id, conversationId, sid } = await sentMessage(sql);
    const answers = await atOnce(
      repeat((index) => (tx) => report(tx, sid, "failed", { code: index < 15 ? null : "30007" })),
    );
    assertEquals(tally(answers), { failed: TIMES });
    const [row] = await sql`
      select m.error_code, c.status, c.escalation_reason from recruiting_messages m
      join recruiting_conversations c on c.id = m.conversation_id where m.id = ${id}`;
    assertEquals({ ...row }, {
      error_code: "30007",
      status: "escalated",
      escalation_reason: "The bot's message failed: error 30007",
    });
    const { conversation_escalated, message_status_changed } = await eventsOf(sql, conversationId);
    assertEquals(conversation_escalated, 1);
    // One, or two if the first callback had no code.
    assert(message_status_changed <= 2, `${message_status_changed} broadcasts`);
  },

  async "SIDs are stored while their callbacks arrive: none is lost"(sql, atOnce) {
    const sends = await Promise.all(repeat(async () => {
      const { id: conversationId } = await beginConversation(sql);
      return { ...await beginMessage(sql, conversationId), sid: newSid() };
    }));
    const answers = await atOnce(sends.flatMap(({ id, begunAt, sid }, index) => [
      async (tx: postgres.TransactionSql) => {
        // SQL that is not the outbox's stores a SID without its lock.
        if (index % 4 === 0) {
          await tx`update recruiting_messages set message_sid = ${sid} where id = ${id}`;
          return null;
        }
        const [{ message_status }] = await tx`
          select message_status from recruiting_record_send(message_id => ${id}, begun_at => ${begunAt},
            message_sid => ${sid}, twilio_status => 'queued', num_segments => 1)`;
        return message_status;
      },
      // Every other callback's URL names the row, so that the callback may store the SID, too.
      (tx: postgres.TransactionSql) =>
        report(tx, sid, "delivered", { messageId: index % 2 ? id : null }),
    ]));
    assertEquals(answers.filter((answer) => answer === "failed"), []);
    const rows = await sql<{ status: string; message_sid: string }[]>`
      select status, message_sid from recruiting_messages where id in ${
      sql(sends.map(({ id }) => id))
    }`;
    assertEquals(tally(rows.map(({ status }) => status)), { delivered: TIMES });
    assertEquals(
      rows.map(({ message_sid }) => message_sid).sort(),
      sends.map(({ sid }) => sid).sort(),
    );
  },

  async "messages with one idempotency_key: one message, and every answer names it"(sql, atOnce) {
    const { id: conversationId } = await beginConversation(sql);
    const answers = await atOnce(repeat(() => async (tx) => {
      const [row] = await tx`
        select outcome, sent_message_id from recruiting_begin_message(conversation_id => ${conversationId},
          message_id => ${crypto.randomUUID()}, body => 'Hello', idempotency_key => 'key')`;
      return row;
    }));
    assertEquals(tally(answers.map(({ outcome }) => outcome)), { begun: 1, repeated: TIMES - 1 });
    const rows = await sql`
      select id from recruiting_messages where conversation_id = ${conversationId}`;
    assertEquals(rows.length, 1);
    assertEquals(tally(answers.map((answer) => answer.sent_message_id)), { [rows[0].id]: TIMES });
  },

  async "claims of the turn of one conversation: one worker gets it"(sql, atOnce) {
    const { id } = await beginConversation(sql);
    await makeTurnsDue(sql, [id]);
    const tokens = repeat(() => crypto.randomUUID());
    const answers = await atOnce(
      tokens.map((token) => async (tx) =>
        (await tx`select * from recruiting_claim_turn(conversation_id => ${id}, turn_token => ${token})`)
          .length
      ),
    );
    const holders = tokens.filter((_, index) => answers[index] === 1);
    const [{ turn_token, turn_attempts }] = await sql`
      select turn_token, turn_attempts from recruiting_conversations where id = ${id}`;
    assertEquals([holders, turn_attempts], [[turn_token], 1]);
  },

  async "claims of 10 stalled turns and 10 unconfirmed sends: each is claimed once"(sql, atOnce) {
    const conversations = await Promise.all(repeat(() => beginConversation(sql), 20));
    const ids = conversations.map(({ id }) => id);
    await makeTurnsDue(sql, ids.slice(0, 10));
    for (const id of ids.slice(10)) await beginMessage(sql, id);
    await sql`update recruiting_messages set confirm_due_at = now() - interval '1 minute'
      where conversation_id in ${sql(ids)}`;
    const answers = await atOnce(repeat(() => async (tx) => {
      const [claim] = await tx`
        select kind, conversation_id from recruiting_claim_due_work(claim_token => ${crypto.randomUUID()})`;
      return claim ? `${claim.kind} ${claim.conversation_id}` : null;
    }));
    assertEquals(
      tally(answers),
      Object.fromEntries([
        ...ids.map((id, index) => [`${index < 10 ? "turn" : "send"} ${id}`, 1]),
        [`${null}`, 10],
      ]),
    );
  },

  async "claims of status checks: each message is claimed once"(sql, atOnce) {
    const messages = await Promise.all(repeat(() => sentMessage(sql), 40));
    await sql`update recruiting_messages
      set begun_at = now() - interval '1 hour', status_check_at = now() - interval '20 minutes'
      where id in ${sql(messages.map(({ id }) => id))}`;
    const answers = await atOnce(repeat(() => async (tx) => {
      const rows = await tx`select message_sid from recruiting_claim_status_checks(
        claim_token => ${crypto.randomUUID()}, batch => 2)`;
      return rows.map(({ message_sid }) => message_sid);
    }));
    assertEquals(answers.flat().sort(), messages.map(({ sid }) => sid).sort());
  },

  async "escalations of one conversation: one broadcast and one agent"(sql, atOnce) {
    for (let agents = 0; agents < 3; agents++) await insertAgent(sql);
    const { id } = await beginConversation(sql);
    const answers = await atOnce(repeat(() => escalate(id)));
    const [{ assigned_agent_id }] = await sql`
      select assigned_agent_id from recruiting_conversations where id = ${id}`;
    assertEquals(tally(answers), { [assigned_agent_id]: TIMES });
    // The topic of unassigned conversations hears that the conversation has an agent now.
    assertEquals(await eventsOf(sql, id), { conversation_escalated: 1, conversation_updated: 1 });
  },

  async "escalations of 30 conversations: each of three agents gets 10"(sql, atOnce) {
    for (let agents = 0; agents < 3; agents++) await insertAgent(sql);
    const conversations = await Promise.all(repeat(() => beginConversation(sql)));
    const answers = await atOnce(conversations.map(({ id }) => escalate(id)));
    assertEquals(Object.values(tally(answers)), [10, 10, 10]);
  },
};

/**
 * Deletes what a race has left, so that the next one finds no due work and no agent. It does not truncate: then all
 * connections would plan every statement again.
 */
const empty = (admin: postgres.Sql) =>
  admin.begin(async (tx) => {
    await tx`set local session_replication_role = replica`;
    for (const table of TABLES) await tx`delete from ${tx(table)}`;
  });

/** The tables in which the races write. */
const TABLES = [
  "recruiting_conversations",
  "recruiting_messages",
  "recruiting_unmatched_messages",
  "recruiting_message_events",
  "recruiting_consent_events",
  "recruiting_opt_outs",
  "recruiting_senders",
  "recruiting_agents",
];

const COMMITS: Commits[] = ["at once", "held"];

Deno.test("calls at once leave the rows of one call after the other", (t) =>
  withOwnDatabase(async (sql, admin) => {
    await admin`select realtime.make_partitions()`;
    await withCallers(sql, async (atOnce) => {
      for (const [label, race] of Object.entries(RACES)) {
        for (const commits of COMMITS) {
          await t.step(`${label} (commits ${commits})`, async () => {
            await empty(admin);
            await race(sql, (calls) => atOnce(calls, commits));
          });
        }
      }
    });
  }));
