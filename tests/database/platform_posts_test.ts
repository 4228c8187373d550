/** The queue of events that wait for the platform's webhook: what a claim costs, and what holds in the database. */
import type postgres from "postgres";
import { assert, assertEquals } from "../support/assert.ts";
import { withCallers } from "../support/at_once.ts";
import { withEmptiedDatabase } from "../support/emptied_database.ts";
import { withOwnDatabase } from "../support/own_database.ts";
import { beginConversation } from "../support/own_rows.ts";
import { pagesOf } from "../support/pages.ts";
import { report, sentMessage } from "../support/platform_events.ts";

const WEBHOOK = "00000000-0000-4000-8000-000000000001";

/** The most pages that a claim may read with 100 times as many events, as a factor: one more level of each index. */
const MORE_LEVELS = 2;

/** Numbers the events, and makes the webhook known. */
const number = (sql: postgres.Sql) =>
  sql`select recruiting_number_platform_events(webhook => ${WEBHOOK})`;

/** Claims events. Returns their positions. */
async function claim(
  sql: postgres.Sql | postgres.TransactionSql,
  batch = 10,
  token: string = crypto.randomUUID(),
): Promise<number[]> {
  const rows = await sql`select position from recruiting_claim_platform_posts(
    claim_token => ${token}, webhook => ${WEBHOOK}, batch => ${batch})`;
  return rows.map(({ position }) => Number(position));
}

/** Queues events that are due, each in a conversation of its own. The first 200 have messages. */
async function fillQueue(admin: postgres.Sql, conversationId: string, from: number, to: number) {
  await admin.begin(async (tx) => {
    await tx`set local session_replication_role = replica`;
    await tx`insert into recruiting_messages
        (conversation_id, seq, direction, sender_type, status, message_sid)
      select ${conversationId}, n, 'outbound', 'bot', 'delivered', 'SM' || md5(n::text)
      from generate_series(${from}::int, ${Math.min(to, from + 200)}::int) n`;
    await tx`insert into recruiting_message_events (message_sid, twilio_status, event)
      select message_sid, 'delivered', 'sms_delivered' from recruiting_messages where seq >= ${from}`;
    await tx`insert into private.platform_events (position, message_id, twilio_status)
      select seq, id, 'delivered' from recruiting_messages where seq >= ${from}`;
    await tx`insert into private.platform_posts (url_id, position, conversation_id, due_at)
      select ${WEBHOOK}, n, gen_random_uuid(), now() - interval '1 day' + n * interval '1 ms'
      from generate_series(${from}::int, ${to}::int) n`;
  });
  await admin`analyze`;
}

Deno.test("a claim costs the same with 1,000 and with 20,000 events that wait", () =>
  withOwnDatabase(async (sql, admin) => {
    const { id } = await beginConversation(sql);
    await number(sql);
    const call = `select * from recruiting_claim_platform_posts(claim_token => gen_random_uuid(),
      webhook => '${WEBHOOK}')`;
    await fillQueue(admin, id, 1, 1_000);
    // The first call of a connection plans.
    await pagesOf(admin, call);
    const few = await pagesOf(admin, call);
    await fillQueue(admin, id, 1_001, 20_000);
    await pagesOf(admin, call);
    const many = await pagesOf(admin, call);
    assert(many <= few * MORE_LEVELS, `${few} ${many}`);

    // All wait for later.
    await admin`update private.platform_posts set due_at = now() + interval '1 hour', claim_token = null`;
    await admin`vacuum private.platform_posts`;
    const none = await pagesOf(admin, call);
    assert(none <= few, `${few} ${none}`);
  }));

Deno.test("of a conversation one event is claimed at a time, although other workers queue the next ones meanwhile", () =>
  withEmptiedDatabase((sql) =>
    withCallers(sql, async (atOnce) => {
      await number(sql);
      const messages = await Promise.all(Array.from({ length: 4 }, () => sentMessage(sql)));
      const done: number[] = [];
      const record = (position: number, token: string) => (tx: postgres.TransactionSql) =>
        tx`select recruiting_record_platform_post(webhook => ${WEBHOOK},
          event_position => ${position}, claim_token => ${token}, was_posted => true)`;
      for (const status of ["sent", "delivered", "read"]) {
        for (const message of messages) await report(sql, message, status);
        await number(sql);
        const token = crypto.randomUUID();
        const claimed = await claim(sql, 10, token);
        assertEquals(claimed.length, 4);
        done.push(...claimed);
        // While these are recorded, other workers number and queue.
        await atOnce<unknown>([
          ...claimed.map((position) => record(position, token)),
          ...Array.from({ length: 4 }, () => (tx: postgres.TransactionSql) => claim(tx, 0)),
        ], "at once");
      }
      assertEquals(done, Array.from({ length: 12 }, (_, index) => index + 1));
      assertEquals([...await sql`select from private.platform_posts`], []);
    })
  ));

Deno.test("a record by a worker whose claim is another's changes nothing", () =>
  withEmptiedDatabase(async (sql) => {
    await number(sql);
    await report(sql, await sentMessage(sql), "sent");
    await number(sql);
    const [late, token] = [crypto.randomUUID(), crypto.randomUUID()];
    assertEquals(await claim(sql, 10, late), [1]);
    await sql`update private.platform_posts set due_at = now()`;
    assertEquals(await claim(sql, 10, token), [1]);
    for (const wasPosted of [true, false]) {
      await sql`select recruiting_record_platform_post(webhook => ${WEBHOOK},
        event_position => 1, claim_token => ${late}, was_posted => ${wasPosted})`;
    }
    const [{ claim_token, attempts }] = await sql`
      select claim_token, attempts from private.platform_posts`;
    assertEquals([claim_token, attempts], [token, 2]);
  }));

Deno.test("the reason in the attention list counts the events that were given up", () =>
  withEmptiedDatabase(async (sql) => {
    const reasons = async () => {
      const rows = await sql`
        select reason from recruiting_attention where kind = 'platform_webhook'`;
      return rows.map(({ reason }) => reason.replace(/ for 3 days.*/, ""));
    };
    assertEquals(await reasons(), []);
    for (const [to, words] of [[1, "1 event"], [2, "2 events"], [1001, "more than 1000 events"]]) {
      await sql`insert into private.given_up_platform_posts
        select ${WEBHOOK}, n, now() from generate_series(1, ${to}::int) n on conflict do nothing`;
      assertEquals(await reasons(), [`PLATFORM_WEBHOOK_URL did not take ${words}`]);
    }
  }));

Deno.test("what waits for a URL stays while the schedule is away, however long", () =>
  withEmptiedDatabase(async (sql) => {
    await number(sql);
    await report(sql, await sentMessage(sql), "sent");
    await sql`update private.platform_webhooks set seen_at = now() - interval '4 days'`;
    await number(sql);
    assertEquals(await claim(sql), [1]);
  }));

Deno.test("an event does not wait for those whose messages were deleted", () =>
  withEmptiedDatabase(async (sql, admin) => {
    const { id } = await beginConversation(sql);
    await number(sql);
    await fillQueue(admin, id, 1, 50);
    await admin`delete from recruiting_messages where seq < 50`;
    assertEquals(await claim(sql), [50]);
    const [{ waiting }] = await sql`select count(*)::int as waiting from private.platform_posts`;
    assertEquals(waiting, 1);
  }));
