/** What must not get slower as rows gather, counted in pages and rows: never in time. */
import type postgres from "postgres";
import { assert, assertEquals } from "../support/assert.ts";
import { withOwnDatabase } from "../support/own_database.ts";
import { beginConversation, insertAgent } from "../support/own_rows.ts";
import { pagesOf } from "../support/pages.ts";
import { receiveText } from "../support/receive_text.ts";
import { newPhone } from "../support/twilio.ts";
import { withoutTriggers } from "../support/without_triggers.ts";

/** Room for another level of an index. */
const SLACK = 8;

const OUR_PHONE = "+15550100000";

/**
 * Writes so many conversations. Many have their newest message at the same time, as after an import.
 *
 * @param columns `status` and `agentId` are SQL, where `n` is the conversation's number from 1 on.
 */
async function writeConversations(
  admin: postgres.Sql,
  count: number,
  columns: { status: string; agentId: string },
) {
  await withoutTriggers(admin, (tx) =>
    tx.unsafe(`
    insert into recruiting_conversations (recruit_phone, twilio_phone, status, assigned_agent_id, last_message_at)
    select '+1555' || lpad(n::text, 7, '0'), '${OUR_PHONE}', ${columns.status}::recruiting_conversation_status,
      ${columns.agentId}, now() - (n % 20) * interval '1 second'
    from generate_series(1, ${count}) n on conflict do nothing`));
  await admin`analyze recruiting_conversations`;
}

const BROADCAST = (topic: string, event = "test") =>
  `select private.broadcast('${topic}', '${event}', '{"a":1}')`;

Deno.test("a broadcast costs as many pages after 5,000 to the same topic as after none, also in one transaction", () =>
  withOwnDatabase(async (_, sql) => {
    const topic = `agent:${crypto.randomUUID()}`;
    const few = await pagesOf(sql, BROADCAST(topic));
    await sql`insert into realtime.messages (topic, extension, payload, event, private)
      select ${topic}, 'broadcast', '{"a":1}', 'test', true from generate_series(1, 5000)`;
    const many = await pagesOf(sql, BROADCAST(topic));
    await sql.begin(async (sql) => {
      await sql.unsafe(`${BROADCAST(topic)} from generate_series(1, 3000)`);
      const more = await pagesOf(sql, BROADCAST(topic));
      const [{ count, warnings }] = await sql`
        select count(*)::int, private.warnings() as warnings from realtime.messages where topic = ${topic}`;
      assertEquals([count, warnings], [8_003, []]);
      assert(many <= few + SLACK && more <= few + SLACK, `${few} ${many} ${more}`);
    });
  }));

Deno.test("of a transaction that would send 6,000 broadcasts 5,000 are sent, and none counts as missed", () =>
  withOwnDatabase((_, sql) =>
    sql.begin(async (sql) => {
      const topic = `agent:${crypto.randomUUID()}`;
      await sql.unsafe(`${BROADCAST(topic)} from generate_series(1, 6000)`);
      const [{ count, warnings }] = await sql`
        select count(*)::int, private.warnings() as warnings from realtime.messages where topic = ${topic}`;
      assertEquals([count, warnings], [5_000, []]);
    })
  ));

Deno.test("an agent of 3,000 conversations is removed, and only the open ones are broadcast", () =>
  withOwnDatabase(async (sql, admin) => {
    const id = await insertAgent(sql);
    const status = "case when n <= 30 then 'escalated' when n <= 60 then 'bot' else 'closed' end";
    await writeConversations(admin, 3000, { status, agentId: `'${id}'` });
    await sql`delete from recruiting_agents where user_id = ${id}`;
    const [{ assigned }] = await sql`
      select count(assigned_agent_id)::int as assigned from recruiting_conversations`;
    assertEquals(assigned, 0);
    const told = await sql`
      select topic, count(*)::int, bool_and(c.status <> 'closed') as open from realtime.messages m
      join recruiting_conversations c on c.id = (m.payload ->> 'conversation_id')::uuid
      where m.event = 'conversation_updated'
      group by topic order by topic`;
    assertEquals(told.map(({ topic, count, open }) => [topic, count, open]), [
      [`agent:${id}`, 60, true],
      ["agents:unassigned", 60, true],
    ]);
  }));

Deno.test("in an import the 1,000th conversation of a number costs as many pages as the tenth", () =>
  withOwnDatabase(async (sql) => {
    await sql.begin(async (importing) => {
      const begin = (phones: string) =>
        `select recruiting_start_conversation(channel => 'sms', recruit_phone => ${phones},
          twilio_phone => '${OUR_PHONE}')`;
      const fill = (from: number, to: number) =>
        importing.unsafe(
          `${begin("'+1555' || lpad(n::text, 7, '0')")} from generate_series(${from}, ${to}) n`,
        );
      await fill(1, 9);
      const few = await pagesOf(importing, begin("'+15550000010'"));
      await fill(11, 999);
      const many = await pagesOf(importing, begin("'+15550001000'"));
      // Another level in each index.
      assert(many <= few + 2 * SLACK, `${few} ${many}`);
    });
  }));

Deno.test("an address that is not ours is told apart by as many pages beside 10,000 conversations as beside one", () =>
  withOwnDatabase(async (_, admin) => {
    // From the sixth call on a session has one plan for all addresses.
    const look = () =>
      pagesOf(
        admin,
        "select private.is_our_address('sms', '+15550109999') from generate_series(1, 10)",
      );
    const columns = { status: "'bot'", agentId: "null" };
    await writeConversations(admin, 1, columns);
    const few = await look();
    await writeConversations(admin, 10_000, columns);
    const many = await look();
    assert(many <= few + 10 * SLACK, `${few} ${many}`);
  }));

Deno.test("while 3,000 conversations are being imported, every other recruit's text and STOP is taken in", () =>
  withOwnDatabase(async (sql) => {
    const known = await beginConversation(sql);
    const outcomesOf = (texts: [phone: string, body: string][]) =>
      Promise.all(texts.map(([recruit_phone, body]) =>
        sql.begin(async (sql) => {
          // A text that waits for the import fails.
          await sql`set local lock_timeout = '20s'`;
          const parties = { recruit_phone, twilio_phone: OUR_PHONE };
          return (await receiveText(sql, parties, body)).outcome;
        })
      ));
    await sql.begin(async (importing) => {
      await importing`
        select recruiting_start_conversation(channel => 'sms',
          recruit_phone => '+1555' || lpad(n::text, 7, '0'), twilio_phone => ${OUR_PHONE})
        from generate_series(1, 3000) n`;
      // As at the commit, and held there.
      await importing`set constraints all immediate`;
      const strangers = Array.from({ length: 60 }, () => newPhone());
      const outcomes = await outcomesOf(strangers.map((phone) => [phone, "STOP"]));
      assertEquals(new Set(outcomes), new Set(["no_conversation"]));
      for (const body of ["Hi", "STOP"]) {
        assertEquals(await outcomesOf([[known.recruit_phone, body]]), ["received"]);
      }
    });
  }));

Deno.test("an escalation costs as many pages beside 10,000 open conversations as beside none", () =>
  withOwnDatabase(async (sql, admin) => {
    const agents = await Promise.all(Array.from({ length: 10 }, () => insertAgent(sql)));
    const escalation = async () => {
      const { id } = await beginConversation(sql);
      return await pagesOf(
        sql,
        `select recruiting_escalate_conversation(conversation_id => '${id}', reason => 'asked')`,
      );
    };
    await escalation();
    const before = await escalation();
    const agentId = `(array[${agents.map((id) => `'${id}'`).join()}]::uuid[])[n % 10 + 1]`;
    await writeConversations(admin, 10_000, { agentId, status: "'escalated'" });
    // What the triggers count.
    await sql`insert into private.open_conversation_changes
      select assigned_agent_id, 1 from recruiting_conversations where assigned_agent_id is not null`;
    // The first one adds up what has changed since; autovacuum gives its pages back.
    for (let times = 0; times < 2; times++) {
      await escalation();
      await sql`vacuum private.open_conversation_changes`;
    }
    const after = await escalation();
    // Another level in each index of conversations, too; counting would read thousands.
    assert(after <= before + 5 * SLACK, `${before} ${after}`);
  }));

Deno.test("a claim of status checks costs as many pages beside 10,000 that are due later as beside none", () =>
  withOwnDatabase(async (sql, admin) => {
    // A message of each conversation that has none yet.
    const writeChecks = (dueIn: string) =>
      withoutTriggers(admin, (tx) =>
        tx`
        insert into recruiting_messages (conversation_id, seq, direction, sender_type, outbox_kind, status,
          message_sid, begun_at, status_check_at)
        select c.id, 1, 'outbound', 'bot', 'platform', 'queued',
          'SM' || replace(c.id::text, '-', ''), now() - interval '1 hour', now() + ${dueIn}::interval
        from recruiting_conversations c
        where not exists (select from recruiting_messages m where m.conversation_id = c.id)`);
    const claim = () =>
      pagesOf(
        sql,
        "select * from recruiting_claim_status_checks(claim_token => gen_random_uuid())",
      );
    await writeConversations(admin, 150, { status: "'bot'", agentId: "null" });
    await writeChecks("-1 minute");
    // The first claim of a connection plans.
    await claim();
    const before = await claim();
    await writeConversations(admin, 10_000, { status: "'bot'", agentId: "null" });
    await writeChecks("30 seconds");
    await sql`analyze recruiting_messages`;
    const after = await claim();
    // Another level or two in the ten indexes of each of the 50; reading all others would cost 10,000.
    assert(after <= before + 50 * 10 * 2, `${before} ${after}`);
  }));

Deno.test("the newest 50 of an agent's, and of all unassigned ones, cost at most 300 pages at any size", () =>
  withOwnDatabase(async (sql, admin) => {
    const id = await insertAgent(sql);
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
    await writeConversations(admin, 20_000, { agentId, status: "'closed'" });
    const mine = await inbox(`assigned_agent_id = '${id}'`);
    const unassigned = await inbox("assigned_agent_id is null");
    assert(mine <= 300 && unassigned <= 300, `${mine} ${unassigned}`);
  }));

Deno.test("a contact costs as many pages with 3,000 contacts as with 300: to write, and to show with its timeline; all are listed in one pass", () =>
  withOwnDatabase(async (sql, admin) => {
    const agentId = await insertAgent(sql);
    const fill = async (count: number) => {
      await writeConversations(admin, count, { status: "'escalated'", agentId: `'${agentId}'` });
      await withoutTriggers(admin, async (tx) => {
        await tx`insert into recruiting_contacts (external_id, name)
          select n::text, 'Ada Example' from generate_series(1, ${count}::int) n on conflict do nothing`;
        await tx`insert into recruiting_contact_phones (contact_id, phone)
          select id, '+1555' || lpad(external_id, 7, '0') from recruiting_contacts on conflict do nothing`;
        await tx`insert into recruiting_messages (conversation_id, seq, direction, sender_type, status)
          select id, 1, 'outbound', 'bot', 'queued' from recruiting_conversations c
          where not exists (select from recruiting_messages m where m.conversation_id = c.id)`;
      });
      await sql`analyze`;
    };
    const costs = async (name: string) => {
      const contact = { external_id: "7", name, phones: [{ phone: "+15550000007" }] };
      const write = await pagesOf(
        sql,
        `select recruiting_upsert_contacts('${JSON.stringify([contact])}')`,
      );
      const [{ id }] = await sql`select id from recruiting_contacts where external_id = '7'`;
      const [show, list] = await admin.begin(async (tx) => {
        await tx`select set_config('request.jwt.claims', ${
          JSON.stringify({ sub: agentId })
        }, true)`;
        await tx`set local role authenticated`;
        return [
          await pagesOf(
            tx,
            `select * from recruiting_contact_timeline where contact_id = '${id}'`,
          ),
          await pagesOf(tx, "select id from recruiting_contacts"),
        ];
      });
      return { write, show, list };
    };
    await fill(300);
    await costs("plans");
    const few = await costs("few");
    await fill(3_000);
    await costs("plans");
    const many = await costs("many");
    const inWords = JSON.stringify({ few, many });
    // Each look-up may read another level of its index.
    assert(many.write <= few.write * 1.5 + SLACK, inWords);
    assert(few.show > 0 && many.show <= few.show + SLACK, inWords);
    // All that an agent may read are read once, and not looked up one by one.
    assert(many.list < 3_000, inWords);
  }));
