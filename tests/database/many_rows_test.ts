/** What must not get slower as rows gather, counted in pages and rows: never in time. */
import type postgres from "postgres";
import { assert, assertEquals } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { pagesOf } from "../support/pages.ts";
import { ADMIN_DATABASE_URL, asNewAgent, asServiceRole, withSql } from "../support/stack.ts";
import { inboundForm, newPhone, postForStatus } from "../support/twilio.ts";

/** Room for another level of an index, and for pages that other rows have filled. */
const SLACK = 8;

/**
 * Writes so many conversations on a number of their own, runs something, and deletes them. Many have
 * their newest message at the same time, as after an import.
 */
async function withConversations(
  sql: postgres.Sql,
  count: number,
  /** SQL, where `n` is the conversation's number from 1 on. */
  { status = "'bot'", agentId = "null" }: { status?: string; agentId?: string },
  use: (twilioPhone: string) => Promise<void>,
) {
  const twilioPhone = newPhone();
  const prefix = newPhone().slice(0, 9);
  try {
    await sql.unsafe(`
      insert into recruiting_conversations (recruit_phone, twilio_phone, status, assigned_agent_id, last_message_at)
      select '${prefix}' || lpad(n::text, 6, '0'), '${twilioPhone}', ${status}::recruiting_conversation_status, ${agentId},
        now() - (n % 20) * interval '1 second'
      from generate_series(1, ${count}) n`);
    await sql`analyze recruiting_conversations`;
    await use(twilioPhone);
  } finally {
    await sql`delete from recruiting_conversations where twilio_phone = ${twilioPhone}`;
  }
}

const BROADCAST = (topic: string, event = "test") =>
  `select private.broadcast('${topic}', '${event}', '{"a":1}')`;

/** Runs something in a transaction that is rolled back, so that Realtime streams none of it. */
async function rolledBack(sql: postgres.Sql, use: (sql: postgres.TransactionSql) => Promise<void>) {
  const done = new Error("done");
  await sql.begin(async (sql) => {
    await use(sql);
    throw done;
  }).catch((error) => {
    if (error !== done) throw error;
  });
}

Deno.test("a broadcast costs as many pages after 5,000 to the same topic as after none, also in one transaction", () =>
  withSql(async (sql) => {
    const topic = `agent:${crypto.randomUUID()}`;
    const few = await pagesOf(sql, BROADCAST(topic));
    await sql`insert into realtime.messages (topic, extension, payload, event, private)
      select ${topic}, 'broadcast', '{"a":1}', 'test', true from generate_series(1, 5000)`;
    const many = await pagesOf(sql, BROADCAST(topic));
    await rolledBack(sql, async (sql) => {
      await sql.unsafe(`${BROADCAST(topic)} from generate_series(1, 3000)`);
      const more = await pagesOf(sql, BROADCAST(topic));
      const [{ count, warnings }] = await sql`
        select count(*)::int, private.warnings() as warnings from realtime.messages where topic = ${topic}`;
      assertEquals([count, warnings], [8_003, []]);
      assert(many <= few + SLACK && more <= few + SLACK, `${few} ${many} ${more}`);
    });
  }, ADMIN_DATABASE_URL));

Deno.test("of a transaction that would send 6,000 broadcasts 5,000 are sent, and none counts as missed", () =>
  withSql((sql) =>
    rolledBack(sql, async (sql) => {
      const topic = `agent:${crypto.randomUUID()}`;
      await sql.unsafe(`${BROADCAST(topic)} from generate_series(1, 6000)`);
      const [{ count, warnings }] = await sql`
        select count(*)::int, private.warnings() as warnings from realtime.messages where topic = ${topic}`;
      assertEquals([count, warnings], [5_000, []]);
    }), ADMIN_DATABASE_URL));

Deno.test("an agent of 3,000 conversations is removed, and only the open ones are broadcast", () =>
  withSql(async (sql) => {
    const { id } = await asNewAgent();
    const status = "case when n <= 30 then 'escalated' when n <= 60 then 'bot' else 'closed' end";
    await withConversations(sql, 3000, { status, agentId: `'${id}'` }, async (twilioPhone) => {
      const { error } = await asServiceRole().from("recruiting_agents").delete().eq("user_id", id);
      assertEquals(error, null);
      const [{ assigned }] = await sql`select count(assigned_agent_id)::int as assigned
        from recruiting_conversations where twilio_phone = ${twilioPhone}`;
      assertEquals(assigned, 0);
      const told = await sql`
        select topic, count(*)::int, bool_and(c.status <> 'closed') as open from realtime.messages m
        join recruiting_conversations c on c.id = (m.payload ->> 'conversation_id')::uuid
        where m.event = 'conversation_updated' and c.twilio_phone = ${twilioPhone}
        group by topic order by topic`;
      assertEquals(told.map(({ topic, count, open }) => [topic, count, open]), [
        [`agent:${id}`, 60, true],
        ["agents:unassigned", 60, true],
      ]);
    });
  }));

Deno.test("while 3,000 conversations are being imported, every other recruit's text and STOP is taken in", () =>
  withSql(async (sql) => {
    const twilioPhone = newPhone();
    const prefix = newPhone().slice(0, 9);
    const known = await startConversation();
    const importing = await sql.reserve();
    try {
      await importing`begin`;
      await importing`
        select recruiting_start_conversation('sms', ${prefix} || lpad(n::text, 6, '0'), ${twilioPhone})
        from generate_series(1, 3000) n`;
      // As at the commit, and held there.
      await importing`set constraints all immediate`;
      const others = Array.from({ length: 60 }, () => inboundForm({ Body: "STOP" }));
      const answers = await Promise.all(others.map((form) => postForStatus("sms-inbound", form)));
      assertEquals(new Set(answers), new Set(["no_conversation"]));
      for (const Body of ["Hi", "STOP"]) {
        const form = inboundForm({ From: known.recruit_phone, Body });
        assertEquals(await postForStatus("sms-inbound", form), "received");
      }
      await importing`commit`;
    } finally {
      await importing`rollback`.catch(() => {});
      importing.release();
      await sql`delete from recruiting_conversations where twilio_phone = ${twilioPhone}`;
    }
  }));

Deno.test("an escalation costs as many pages beside 10,000 open conversations as beside none", () =>
  withSql(async (sql) => {
    const agents = await Promise.all(Array.from({ length: 10 }, () => asNewAgent()));
    const escalation = async () => {
      const { id } = await startConversation();
      return await pagesOf(sql, `select recruiting_escalate_conversation('${id}', 'asked')`);
    };
    await escalation();
    const before = await escalation();
    const ids = agents.map(({ id }) => `'${id}'`).join();
    const agentId = `(array[${ids}]::uuid[])[n % 10 + 1]`;
    await withConversations(sql, 10_000, { agentId, status: "'escalated'" }, async () => {
      // The first one adds up what has changed since; autovacuum gives its pages back.
      for (let times = 0; times < 2; times++) {
        await escalation();
        await sql`vacuum private.open_conversation_changes`;
      }
      const after = await escalation();
      // Another level in each index of conversations, too; counting would read thousands.
      assert(after <= before + 5 * SLACK, `${before} ${after}`);
    });
    await sql`delete from recruiting_agents where user_id in ${sql(agents.map(({ id }) => id))}`;
  }));

Deno.test("the newest 50 of an agent's, and of all unassigned ones, cost at most 300 pages at any size", () =>
  withSql(async (sql) => {
    const { id } = await asNewAgent();
    const inbox = async (condition: string) => {
      const connection = await sql.reserve();
      try {
        await connection`select set_config('role', 'authenticated', false),
          set_config('request.jwt.claims', ${JSON.stringify({ sub: id })}, false)`;
        return await pagesOf(
          connection,
          `select * from recruiting_conversations where ${condition}
          order by last_message_at desc, id limit 50`,
        );
      } finally {
        await connection`reset role`;
        connection.release();
      }
    };
    const agentId = `case when n % 2 = 0 then '${id}'::uuid end`;
    await withConversations(sql, 20_000, { agentId, status: "'closed'" }, async () => {
      const mine = await inbox(`assigned_agent_id = '${id}'`);
      const unassigned = await inbox("assigned_agent_id is null");
      assert(mine <= 300 && unassigned <= 300, `${mine} ${unassigned}`);
    });
  }));
