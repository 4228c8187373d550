/** A text that waits for another transaction finds what that transaction has committed, and then has its place. */
import type postgres from "postgres";
import { assertEquals } from "../support/assert.ts";
import { withEmptiedDatabase } from "../support/emptied_database.ts";
import { beginConversation, insertAgent, type OwnConversation } from "../support/own_rows.ts";
import { receiveText } from "../support/receive_text.ts";
import { newPhone, newSid } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

/** A text whose reply is due long after the test. */
const text = (sql: postgres.Sql, conversation: OwnConversation, body: string, sid = newSid()) =>
  receiveText(sql, conversation, body, { sid, turnWaitSeconds: 3600 });

/**
 * Makes calls, one after the other, while a transaction of another session holds what they wait for. It commits when
 * all of them wait.
 *
 * @returns The calls' answers, in their order.
 */
async function whileHeld<Answer>(
  sql: postgres.Sql,
  hold: (holder: postgres.ReservedSql) => Promise<unknown>,
  calls: (() => Promise<Answer>)[],
): Promise<Answer[]> {
  const holder = await sql.reserve();
  try {
    await holder`begin`;
    await hold(holder);
    const answers: Promise<Answer>[] = [];
    for (const call of calls) {
      answers.push(call());
      await until(async () => {
        const [{ waiting }] = await sql`
          select count(*)::int as waiting from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`;
        return waiting === answers.length;
      }, `${answers.length} calls to wait`);
    }
    await holder`commit`;
    return await Promise.all(answers);
  } finally {
    await holder`rollback`;
    holder.release();
  }
}

/** What another transaction does to the conversation, and what the text that waits for it then finds and causes. */
interface Change {
  commit(sql: postgres.Sql, conversation: OwnConversation): Promise<unknown>;
  outcome: string;
  status: string | null;
  makesReplyPending: boolean;
  broadcasts: number;
}

const CHANGES: Record<string, Change> = {
  "escalated": {
    commit: (sql, { id }) => sql`select recruiting_escalate_conversation(${id}, 'why')`,
    outcome: "received",
    status: "escalated",
    makesReplyPending: false,
    broadcasts: 1,
  },
  "closed": {
    commit: (sql, { id }) =>
      sql`update recruiting_conversations set status = 'closed' where id = ${id}`,
    outcome: "received",
    status: "closed",
    makesReplyPending: false,
    broadcasts: 1,
  },
  "opted out": {
    commit: (sql, conversation) => text(sql, conversation, "STOP"),
    outcome: "received",
    status: "bot",
    makesReplyPending: false,
    broadcasts: 0,
  },
  "erased": {
    commit: (sql, { recruit_phone }) => sql`select recruiting_forget(${recruit_phone})`,
    outcome: "no_conversation",
    status: null,
    makesReplyPending: false,
    broadcasts: 0,
  },
};

for (const [name, change] of Object.entries(CHANGES)) {
  Deno.test(`a text that waits while its conversation is ${name} finds it so`, () =>
    withEmptiedDatabase(async (sql) => {
      await insertAgent(sql);
      const conversation = await beginConversation(sql);
      const [answer] = await whileHeld(sql, (holder) => change.commit(holder, conversation), [
        () => text(sql, conversation, "Hi"),
      ]);
      const broadcasts = await sql`
        select from realtime.messages
        where event = 'message_received' and payload ->> 'body' = 'Hi'`;
      assertEquals(
        [
          answer.outcome,
          answer.conversation_status,
          answer.reply_due_in_ms !== null,
          broadcasts.length,
        ],
        [change.outcome, change.status, change.makesReplyPending, change.broadcasts],
      );
    }));
}

Deno.test("a text that waits for one in another spelling of its phone is answered in its own spelling", () =>
  withEmptiedDatabase(async (sql) => {
    const digits = newPhone().slice(-10);
    const conversation = await beginConversation(sql, { recruit_phone: `+52${digits}` });
    const other = { ...conversation, recruit_phone: `+521${digits}` };
    await whileHeld(sql, (holder) => text(holder, other, "Hola"), [
      () => text(sql, conversation, "Hi"),
    ]);
    const [{ answer_phone }] = await sql`
      select answer_phone from recruiting_conversations where id = ${conversation.id}`;
    assertEquals(answer_phone, conversation.recruit_phone);
  }));

Deno.test("of texts that wait for their conversation none has an earlier created_at than the one before it", () =>
  withEmptiedDatabase(async (sql) => {
    await insertAgent(sql);
    const conversation = await beginConversation(sql);
    await whileHeld(
      sql,
      (holder) =>
        holder`select from recruiting_conversations where id = ${conversation.id} for no key update`,
      // The database has a way of its own for those that ask for a person, or change consent.
      ["Hi", "wrong number", "Hello", "wrong number", "STOP"].map((body) => () =>
        text(sql, conversation, body)
      ),
    );
    const rows = await sql<{ seq: string }[]>`
      select seq from recruiting_messages where conversation_id = ${conversation.id}
      order by created_at`;
    assertEquals(rows.map(({ seq }) => Number(seq)), [1, 2, 3, 4, 5]);
  }));

Deno.test("the lock of a MessageSid has the number of private.message_sid_lock", () =>
  withEmptiedDatabase(async (sql) => {
    const conversation = await beginConversation(sql);
    const sids = [newSid(), newSid()];
    const [received, reported] = await whileHeld<string>(
      sql,
      (holder) =>
        holder`select pg_advisory_xact_lock(2, private.message_sid_lock(sid)) from unnest(${sids}::text[]) sid`,
      [
        async () => (await text(sql, conversation, "Hi", sids[0])).outcome,
        async () => {
          const [{ status }] = await sql`
            select coalesce(message_status::text, 'unknown') as status
            from recruiting_record_message_status(message_sid => ${sids[1]},
              twilio_status => 'sent', channel => 'sms')`;
          return status;
        },
      ],
    );
    assertEquals([received, reported], ["received", "unknown"]);
  }));
