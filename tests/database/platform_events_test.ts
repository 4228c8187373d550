/** The platform's events: a reader that goes on from the last position misses nothing and sees nothing twice. */
import postgres from "postgres";
import { databaseUrl } from "../../local/settings/addresses.ts";
import { assert, assertEquals, rejection } from "../support/assert.ts";
import { withCallers } from "../support/at_once.ts";
import { withEmptiedDatabase } from "../support/emptied_database.ts";
import { withOwnDatabase } from "../support/own_database.ts";
import { beginConversation, beginMessage } from "../support/own_rows.ts";
import {
  named,
  type PlatformEvent,
  readEvents,
  report,
  sentMessage,
} from "../support/platform_events.ts";
import { asNewAgent, asServiceRole, PORTS, withSql } from "../support/stack.ts";
import { pagesOf } from "../support/pages.ts";
import { receiveText } from "../support/receive_text.ts";
import { newSid } from "../support/twilio.ts";

/** A reader that remembers the last position. */
function reader(sql: postgres.Sql, batch = 100) {
  const seen: PlatformEvent[] = [];
  return {
    seen,
    /** Reads until nothing is new. Returns what was new. */
    async poll(): Promise<PlatformEvent[]> {
      const before = seen.length;
      while (true) {
        const events = await readEvents(sql, seen.at(-1)?.position ?? 0, batch);
        seen.push(...events);
        if (events.length < batch) return seen.slice(before);
      }
    },
  };
}

const numbersOf = (events: PlatformEvent[]) => events.map(({ position }) => Number(position));

Deno.test("an event is told with the columns of its message and conversation", () =>
  withEmptiedDatabase(async (sql) => {
    const message = await sentMessage(sql);
    await sql`update recruiting_messages set num_segments = 2 where id = ${message.id}`;
    await report(sql, message, "undelivered", "30003");
    const [event, ...others] = await readEvents(sql);
    const [{ received_at }] = await sql`
      select received_at from recruiting_message_events where message_sid = ${message.sid}`;
    assertEquals({ ...event }, {
      position: "1",
      event: "sms_undelivered",
      channel: "sms",
      conversation_id: message.conversation.id,
      message_id: message.id,
      message_sid: message.sid,
      status: "undelivered",
      error_code: "30003",
      error_message: null,
      recruit_phone: message.conversation.recruit_phone,
      twilio_phone: message.conversation.twilio_phone,
      num_segments: 2,
      occurred_at: received_at,
    });
    assertEquals(others, []);
  }));

Deno.test("only statuses with an event are told, each once, and only of messages that are stored", () =>
  withEmptiedDatabase(async (sql) => {
    const message = await sentMessage(sql);
    for (const status of ["queued", "sending", "sent", "sent", "delivered", "read"]) {
      await report(sql, message, status);
    }
    await report(sql, { sid: newSid() }, "delivered");
    const { poll, seen } = reader(sql, 2);
    await poll();
    assertEquals(
      seen.map(({ position, event }) => [position, event]),
      [["1", "sms_sent"], ["2", "sms_delivered"], ["3", "sms_read"]],
    );
  }));

Deno.test("an event that came before its message's SID was known is told when it is known", () =>
  withEmptiedDatabase(async (sql) => {
    const { id: conversationId } = await beginConversation(sql);
    const [accepted, calledBack] = [
      await beginMessage(sql, conversationId),
      await beginMessage(sql, conversationId),
    ];
    const sids = [newSid(), newSid()];
    for (const sid of sids) await report(sql, { sid }, "sent");
    assertEquals(await readEvents(sql), []);

    await sql`select recruiting_record_send(message_id => ${accepted.id},
      begun_at => ${accepted.begunAt}, message_sid => ${sids[0]}, twilio_status => 'queued')`;
    const { poll } = reader(sql);
    assertEquals(named(await poll()), [`${sids[0]} sms_sent`]);

    // A callback stores the SID, and is told, too.
    await sql`select recruiting_record_message_status(message_sid => ${sids[1]},
      twilio_status => 'delivered', channel => 'sms', message_id => ${calledBack.id})`;
    assertEquals(named(await poll()), [`${sids[1]} sms_sent`, `${sids[1]} sms_delivered`]);
    assertEquals(await poll(), []);
  }));

Deno.test("an event and its message that are stored at the same time are told once", () =>
  withEmptiedDatabase(async (sql) => {
    const { id } = await beginConversation(sql);
    const begun = await beginMessage(sql, id);
    const sid = newSid();
    const storing = await sql.reserve();
    await storing`begin`;
    await storing`update recruiting_messages set message_sid = ${sid} where id = ${begun.id}`;
    await report(sql, { sid }, "sent");
    assertEquals(await readEvents(sql), []);
    await storing`commit`;
    storing.release();
    const { poll } = reader(sql);
    assertEquals(named(await poll()), [`${sid} sms_sent`]);
    assertEquals(await poll(), []);
  }));

/** Pseudo-random numbers below 1, the same in each run. */
function* randomNumbers(seed: number): Generator<number, never> {
  for (let state = seed;;) {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    yield state / 2 ** 31;
  }
}

const WRITERS = 32;

/** Runs a test with a connection for each writer. */
async function withWriters(
  sql: postgres.Sql,
  use: (writers: postgres.ReservedSql[]) => Promise<void>,
): Promise<void> {
  const [{ name }] = await sql`select current_database() as name`;
  const pool = postgres(databaseUrl(PORTS, "postgres", name), { max: WRITERS });
  try {
    const writers = await Promise.all(Array.from({ length: WRITERS }, () => pool.reserve()));
    await use(writers);
    for (const writer of writers) writer.release();
  } finally {
    await pool.end({ timeout: 5 });
  }
}

/** Makes SIDs of which no two share a lock, so that no writer waits for another one. */
function sidsWithLocks(sql: postgres.Sql): () => Promise<string> {
  const locks = new Set<number>();
  return async () => {
    while (true) {
      const sid = newSid();
      const [{ lock }] = await sql`select private.message_sid_lock(${sid}) as lock`;
      if (locks.has(lock)) continue;
      locks.add(lock);
      return sid;
    }
  };
}

Deno.test("a reader that polls while 32 writers commit out of order misses nothing and sees nothing twice", () =>
  withEmptiedDatabase((sql) =>
    withWriters(sql, async (writers) => {
      const random = randomNumbers(7);
      const { poll, seen } = reader(sql, 3);
      const committed: string[] = [];
      /** The writers whose transaction is open, each with the event that it holds. */
      const open = new Map<postgres.ReservedSql, string>();
      const nextSid = sidsWithLocks(sql);
      for (let round = 0; round < 4; round++) {
        for (const [index, writer] of writers.entries()) {
          // Those that stay open from the round before hold their events over this round's.
          if (open.has(writer)) continue;
          const message = await sentMessage(sql, undefined, await nextSid());
          const status = index % 2 ? "delivered" : "sent";
          await writer`begin`;
          await report(writer, message, status);
          open.set(writer, `${message.sid} sms_${status}`);
        }
        for (const [writer, event] of [...open].sort(() => random.next().value - 0.5)) {
          const chance = random.next().value;
          if (chance < 0.2 && round < 3) continue;
          open.delete(writer);
          if (chance < 0.4) {
            await writer`rollback`;
            assertEquals(await poll(), []);
          } else {
            await writer`commit`;
            committed.push(event);
            assertEquals(named(await poll()), [event]);
          }
        }
      }
      assertEquals(named(seen), committed);
      assert(committed.length > WRITERS, `${WRITERS} writers committed ${committed.length} events`);
      assertEquals(numbersOf(seen), committed.map((_, index) => index + 1));
    })
  ));

Deno.test("30 readers and numberers at once give each event one position, and each reader sees them all", () =>
  withEmptiedDatabase((sql) =>
    withCallers(sql, async (atOnce) => {
      const messages = await Promise.all(Array.from({ length: 20 }, () => sentMessage(sql)));
      for (const commits of ["at once", "held"] as const) {
        const status = commits === "held" ? "delivered" : "sent";
        const events = messages.map(({ sid }) => `${sid} sms_${status}`);
        const [{ after }] = await sql`
          select last_position as after from private.platform_event_numbering`;
        for (const message of messages) await report(sql, message, status);
        const calls = Array.from(
          { length: 30 },
          (_, index) => async (tx: postgres.TransactionSql) =>
            index % 3 === 0
              ? (await tx`select recruiting_number_platform_events()`, undefined)
              : await readEvents(tx, after),
        );
        const answers = await atOnce(calls, commits);
        const readers = answers.filter((answer) => answer !== undefined);
        assertEquals(readers.length, 20);
        for (const read of readers) {
          assertEquals(numbersOf(read), events.map((_, index) => Number(after) + index + 1));
          assertEquals(named(read), events);
        }
      }
    })
  ));

Deno.test("readers and writers at once: every reader ends with every event, in the same order", () =>
  withEmptiedDatabase((sql) =>
    withCallers(sql, async (atOnce) => {
      const messages = await Promise.all(Array.from({ length: 30 }, () => sentMessage(sql)));
      const seen: PlatformEvent[][] = Array.from({ length: 10 }, () => []);
      const read = (events: PlatformEvent[]) => async (tx: postgres.TransactionSql) => {
        events.push(...await readEvents(tx, events.at(-1)?.position ?? 0));
      };
      for (const status of ["sent", "delivered", "read"]) {
        await atOnce([
          ...messages.map((message) => (tx: postgres.TransactionSql) =>
            report(tx, message, status)
          ),
          ...seen.map(read),
        ], "at once");
      }
      for (const events of seen) await sql.begin(read(events));
      assertEquals(new Set(named(seen[0])).size, 90);
      for (const events of seen) {
        assertEquals(named(events), named(seen[0]));
        assertEquals(numbersOf(events), events.map((_, index) => index + 1));
      }
    })
  ));

Deno.test("a numbering step that is undone gives its positions again", () =>
  withEmptiedDatabase(async (sql) => {
    await report(sql, await sentMessage(sql), "sent");
    await rejection(sql.begin(async (tx) => {
      assertEquals((await readEvents(tx)).length, 1);
      throw new Error("undone");
    }));
    assertEquals(numbersOf(await readEvents(sql)), [1]);
  }));

Deno.test("an erased recruit's events are told no more, their positions are not given again, and the next ones follow", () =>
  withEmptiedDatabase(async (sql) => {
    const [kept, erased, waiting] = [
      await sentMessage(sql),
      await sentMessage(sql),
      await sentMessage(sql),
    ];
    await report(sql, kept, "sent");
    await report(sql, erased, "sent");
    const { poll, seen } = reader(sql);
    await poll();
    assertEquals(numbersOf(seen), [1, 2]);

    await report(sql, erased, "delivered");
    await report(sql, waiting, "sent");
    await sql`select recruiting_forget(${erased.conversation.recruit_phone})`;
    for (const table of ["platform_events", "unnumbered_messages"]) {
      const rows = await sql`
        select from ${sql(`private.${table}`)} where message_id = ${erased.id}`;
      assertEquals([table, rows.length], [table, 0]);
    }
    assertEquals(named(await poll()), [`${waiting.sid} sms_sent`]);
    assertEquals(numbersOf(seen), [1, 2, 3]);
    assertEquals(numbersOf(await readEvents(sql)), [1, 3]);

    // The highest position is erased.
    await sql`select recruiting_forget(${waiting.conversation.recruit_phone})`;
    await report(sql, kept, "delivered");
    assertEquals(numbersOf(await poll()), [4]);
  }));

Deno.test("an erasure waits for a numbering step, and the other way round: no position is left of what was erased", () =>
  withEmptiedDatabase((sql) =>
    withCallers(sql, async (atOnce) => {
      for (let round = 0; round < 5; round++) {
        const message = await sentMessage(sql);
        await report(sql, message, "sent");
        await atOnce([
          async (tx: postgres.TransactionSql) => void await readEvents(tx),
          async (tx: postgres.TransactionSql) =>
            void await tx`select recruiting_forget(${message.conversation.recruit_phone})`,
        ], round % 2 ? "held" : "at once");
        assertEquals(await readEvents(sql), []);
        assertEquals([...await sql`select from private.platform_events`], []);
      }
    })
  ));

Deno.test("a message that is deleted without an erasure is told no more, and holds up no reader", () =>
  withEmptiedDatabase(async (sql) => {
    const [deleted, kept] = [await sentMessage(sql), await sentMessage(sql)];
    for (const message of [deleted, kept]) await report(sql, message, "sent");
    assertEquals((await readEvents(sql)).length, 2);
    await sql`delete from recruiting_conversations where id = ${deleted.conversation.id}`;
    assertEquals(named(await readEvents(sql, 0, 1)), [`${kept.sid} sms_sent`]);
    assertEquals(numbersOf(await readEvents(sql)), [2]);
    assertEquals(await readEvents(sql, 2), []);
  }));

Deno.test("pruned events are told as before", () =>
  withEmptiedDatabase(async (sql) => {
    const message = await sentMessage(sql);
    await sql`insert into recruiting_message_events
      (message_sid, twilio_status, event, payload, received_at)
      values (${message.sid}, 'sent', 'sms_sent', '{"To": "a"}', now() - interval '91 days')`;
    const before = await readEvents(sql);
    const [{ emptied }] = await sql`select recruiting_prune() as emptied`;
    assertEquals(emptied, 1);
    assertEquals(await readEvents(sql), before);
    assertEquals(before.length, 1);
  }));

Deno.test("more events than one step numbers are told by further calls", () =>
  withEmptiedDatabase(async (sql) => {
    const message = await sentMessage(sql);
    await report(sql, message, "sent");
    // Entries of messages whose events have a position already.
    await sql`insert into private.unnumbered_messages select ${message.id}::uuid from generate_series(1, 20000)`;
    await report(sql, message, "delivered");
    const number = async () =>
      (await sql`select recruiting_number_platform_events() as has_more`)[0].has_more;
    assertEquals([await number(), await number(), await number(), await number()], [
      true,
      true,
      false,
      false,
    ]);
    assertEquals(numbersOf(await readEvents(sql)), [1, 2]);
  }));

for (
  const [after, batch] of [[0, 0], [0, 1001], [0, -1], [0, null], [null, 100]]
) {
  Deno.test(`a read of the events after ${after} in a batch of ${batch} is refused`, () =>
    withSql(async (sql) => {
      const failure = await sql`select recruiting_read_platform_events(after => ${after},
        batch => ${batch})`
        .catch(({ code }) => code);
      assertEquals(failure, "22023");
    }));
}

Deno.test("the platform reads over REST; an agent and anon do not", async () => {
  const platform = asServiceRole();
  const { data, error } = await platform.rpc("recruiting_read_platform_events", {
    after: 0,
    batch: 1000,
  });
  assertEquals([error, Array.isArray(data)], [null, true]);
  const tooMany = await platform.rpc("recruiting_read_platform_events", { batch: 1001 });
  assertEquals([tooMany.error?.code, tooMany.status], ["22023", 400]);
  const agent = await asNewAgent();
  const refused = await agent.client.rpc("recruiting_read_platform_events");
  assertEquals(refused.error?.code, "42501");
  await withSql(async (sql) => {
    const rows = await sql`select r.rolname, p.proname from pg_proc p, pg_roles r
      where p.proname ~ 'platform_(events|posts?)$' and r.rolname in ('anon', 'authenticated')
        and has_function_privilege(r.oid, p.oid, 'execute')`;
    assertEquals([...rows], []);
  });
});

/** The most pages that the read of one event may take: four look-ups. */
const PAGES_OF_EVENT = 20;

Deno.test("a read takes no more pages than its events need, wherever it begins, also before the first vacuum", () =>
  withOwnDatabase(async (sql, admin) => {
    const { id } = await beginConversation(sql);
    // Without triggers: each row would take 0.1 ms.
    await admin.begin(async (tx) => {
      await tx`set local session_replication_role = replica`;
      await tx`insert into recruiting_messages
          (conversation_id, seq, direction, sender_type, status, message_sid)
        select ${id}, n, 'outbound', 'bot', 'delivered', 'SM' || md5(n::text)
        from generate_series(1, 30000) n`;
      await tx`insert into recruiting_message_events (message_sid, twilio_status, event)
        select message_sid, 'delivered', 'sms_delivered' from recruiting_messages`;
      await tx`insert into private.platform_events (position, message_id, twilio_status)
        select seq, id, 'delivered' from recruiting_messages`;
      await tx`update private.platform_event_numbering set last_position = 30000`;
    });
    for (const statistics of ["none", "some", "all"]) {
      if (statistics === "some") {
        await admin`analyze recruiting_messages, recruiting_message_events`;
      }
      if (statistics === "all") await admin`analyze`;
      for (const after of [0, 15_000, 29_990]) {
        const call =
          `select * from recruiting_read_platform_events(after => ${after}, batch => 10)`;
        // The first call of a connection plans.
        await pagesOf(admin, call);
        const pages = await pagesOf(admin, call);
        assert(pages < 10 * PAGES_OF_EVENT, `${statistics} ${after} ${pages}`);
      }
    }
  }));

Deno.test("an inbound text adds nothing to be numbered", () =>
  withEmptiedDatabase(async (sql) => {
    await receiveText(sql, await beginConversation(sql), "Hi");
    assertEquals([...await sql`select from private.unnumbered_messages`], []);
  }));
