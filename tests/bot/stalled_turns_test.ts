/** Turns whose worker is gone: however many workers there are, each is taken once, the oldest first. */
import type postgres from "postgres";
import { assert, assertEquals } from "../support/assert.ts";
import { sentTo, type TestBot, withBot } from "../support/bot.ts";
import { withSql } from "../support/stack.ts";
import { newSender } from "../support/talk.ts";

/** Writes so many conversations whose reply has been due, the first one longest, a second apart. */
async function stalledTurns(sql: postgres.Sql, count: number): Promise<string[]> {
  const ours = await newSender(sql);
  const rows = await sql<{ id: string }[]>`
    with phones as materialized (
      select n, '+1555' || lpad((floor(random() * 1e6) * 1e4 + n)::bigint::text, 10, '0') as phone
      from generate_series(1, ${count}) n
    ), started as materialized (
      select n, phone, recruiting_start_conversation('sms', phone, ${ours}) as id from phones
    ), received as materialized (
      select s.n, s.id, recruiting_receive_message(
        message_sid => 'SM' || replace(gen_random_uuid()::text, '-', ''), channel => 'sms',
        recruit_phone => s.phone, twilio_phone => ${ours}, payload => '{}', verdict => 'reply',
        body => 'Hi', turn_wait_seconds => 0)
      from started s
    )
    select id from received order by n`;
  const ids = rows.map(({ id }) => id);
  await sql`update recruiting_conversations c
    set reply_due_at = now() - interval '1 hour' + d.n * interval '1 second'
    from unnest(${ids}::uuid[]) with ordinality d (id, n) where c.id = d.id`;
  return ids;
}

/** The bot's replies in the order in which they were begun, by conversation. */
async function repliesOf(sql: postgres.Sql, ids: string[]): Promise<string[]> {
  const rows = await sql<{ conversation_id: string }[]>`
    select conversation_id from recruiting_messages
    where conversation_id in ${sql(ids)} and sender_type = 'bot' and message_sid is not null
    order by begun_at`;
  return rows.map(({ conversation_id }) => conversation_id);
}

/**
 * The conversations in the order in which their turns were claimed. When a turn is answered also depends
 * on how fast its calls are, so the replies may have another order.
 */
function claimsIn({ database }: TestBot): string[] {
  const claims = database.seen.filter(({ path }) => path.endsWith("/recruiting_claim_turn"));
  return [...new Set(claims.map(({ body }): string => JSON.parse(body).conversation_id))];
}

/**
 * Runs a test with a bot whose schedule is paused, so that only the test's calls take turns. Many turns at
 * once are slow: Twilio gets its whole time, or sends would be unconfirmed.
 */
const withPausedBot = (use: (bot: TestBot, sql: postgres.Sql) => Promise<void>) =>
  withSql((sql) =>
    withBot({ SETTLE_AFTER_SECONDS: "60" }, async (bot) => {
      await bot.schedule.pause();
      await use(bot, sql);
    })
  );

Deno.test("10 stalled turns and 10 runs at once: each turn is done once", () =>
  withPausedBot(async ({ schedule }, sql) => {
    const ids = await stalledTurns(sql, 10);
    const runs = await Promise.all(Array.from({ length: 10 }, () => schedule.reconcile()));
    assertEquals(new Set(runs.map(({ status }) => status)), new Set(["done"]));
    assertEquals(runs.reduce((sum, { turns }) => sum + turns, 0), 10);
    assertEquals((await repliesOf(sql, ids)).sort(), ids.toSorted());
    const phones = await sql<{ recruit_phone: string }[]>`
      select recruit_phone from recruiting_conversations where id in ${sql(ids)}`;
    const sent = await Promise.all(phones.map(({ recruit_phone }) => sentTo(recruit_phone)));
    assertEquals(sent.map(({ length }) => length), Array(10).fill(1));
  }));

Deno.test("one run takes stalled turns in the order in which they became due", () =>
  withPausedBot(async ({ schedule }, sql) => {
    const ids = await stalledTurns(sql, 15);
    const { status, turns } = await schedule.reconcile();
    assertEquals([status, turns], ["done", 15]);
    assertEquals(await repliesOf(sql, ids), ids);
  }));

const MANY = 40;

/** How many runs work side by side, as they do where a run of 40 s begins every 10 s. */
const SIDE_BY_SIDE = 4;

Deno.test(`${MANY} stalled turns and a schedule: each is taken once, the oldest first, in bounded runs`, () =>
  withPausedBot(async (bot, sql) => {
    const { schedule } = bot;
    const ids = await stalledTurns(sql, MANY);
    let taken = 0;
    let rounds = 0;
    for (let isMore = true; isMore; rounds++) {
      const runs = await Promise.all(
        Array.from({ length: SIDE_BY_SIDE }, () => schedule.reconcile()),
      );
      taken += runs.reduce((sum, { turns }) => sum + turns, 0);
      isMore = runs.some(({ status }) => status === "more");
      assert(rounds < 10, `${taken} turns taken after ${rounds} rounds`);
    }
    assertEquals(taken, MANY);
    const replies = await repliesOf(sql, ids);
    assertEquals(replies.toSorted(), ids.toSorted());
    assertEquals(claimsIn(bot).toSorted(), ids.toSorted());
    // A turn is passed only by those that other runs are at.
    const places = new Map(ids.map((id, place) => [id, place]));
    const strays = claimsIn(bot).filter((id, place) =>
      Math.abs(places.get(id)! - place) > 5 * SIDE_BY_SIDE
    );
    assertEquals(strays, []);
  }));
